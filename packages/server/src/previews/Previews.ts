import type { RoomHost, RoomObserver } from '../service/index.ts'

/** Path of the preview of a session: its id is known only to those who may see the room. */
export const previewPath = (roomSessionId: string): string => `/previews/${roomSessionId}.webp`

/** The newest preview of each running session: an animated WebP. They come anew all the time, so none is kept. */
export class Previews implements RoomObserver {
  readonly #byId = new Map<string, { webp: Uint8Array; version: number }>()
  readonly #publicUrl: () => string

  /** @param publicUrl Where the server is reached, without a slash at the end. */
  constructor(publicUrl: () => string) {
    this.#publicUrl = publicUrl
  }

  urlOf(roomSessionId: string): string {
    return this.#publicUrl() + previewPath(roomSessionId)
  }

  /** `version` rises with every new one. */
  get(roomSessionId: string): { webp: Uint8Array; version: number } | undefined {
    return this.#byId.get(roomSessionId)
  }

  onPreview({ core }: RoomHost, webp: Uint8Array): void {
    const version = (this.#byId.get(core.roomSessionId)?.version ?? 0) + 1
    this.#byId.set(core.roomSessionId, { webp, version })
  }

  onEnded({ core }: RoomHost): void {
    this.#byId.delete(core.roomSessionId)
  }
}
