import { renderBanner } from './banner.ts'
import { type MuteImageKind, renderMuteImage } from './muteImage.ts'
import { cleanName, initialsOf } from './nameText.ts'
import type { YuvPatch } from './YuvPatch.ts'

/** Bound of all kept still pictures of a room; a full-canvas mute image at 1080p has 3 MB. */
const maxBytes = 24 * 1024 * 1024

/** Banners and mute images, rendered once per text and size. */
export class StillCache {
  /** Least recently used first. */
  readonly #patches = new Map<string, YuvPatch | null>()
  readonly #onError: (error: unknown) => void
  #bytes = 0

  /** `onError`: something could not be drawn; its place stays empty. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  banner(name: string, tileWidth: number, tileHeight: number): YuvPatch | null {
    const key = `b ${tileWidth}x${tileHeight} ${cleanName(name)}`
    return this.#get(key, () => renderBanner(name, tileWidth, tileHeight))
  }

  muteImage(
    kind: MuteImageKind,
    sourceId: string,
    name: string | null,
    width: number,
    height: number,
  ): YuvPatch | null {
    const key = `m ${kind} ${width}x${height} ${initialsOf(name ?? '')} ${sourceId}`
    return this.#get(key, () => renderMuteImage(kind, sourceId, name, width, height))
  }

  #get(key: string, render: () => YuvPatch | null): YuvPatch | null {
    let patch = this.#patches.get(key)
    if (patch === undefined) {
      patch = this.#render(render)
      this.#bytes += sizeOf(patch)
    } else {
      this.#patches.delete(key)
    }
    this.#patches.set(key, patch)
    for (const [oldest, old] of this.#patches) {
      if (this.#bytes <= maxBytes || oldest === key) break
      this.#patches.delete(oldest)
      this.#bytes -= sizeOf(old)
    }
    return patch
  }

  #render(render: () => YuvPatch | null): YuvPatch | null {
    try {
      return render()
    } catch (error) {
      this.#onError(error)
      return null
    }
  }

  clear(): void {
    this.#patches.clear()
    this.#bytes = 0
  }
}

/** An entry costs something even if it is empty, so that empty ones are bounded too. */
function sizeOf(patch: YuvPatch | null): number {
  return (patch?.sizeBytes ?? 0) + 500
}
