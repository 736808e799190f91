import { playWhenAllowed } from '../media/playback.ts'

/** Style of a box that fills its parent. */
export const fill = { position: 'absolute', inset: '0', width: '100%', height: '100%' } as const

export type PictureHandlers = {
  onBlocked: () => void
  onUnblocked: () => void
  /** The size of the received picture is known, or has changed. */
  onSize: () => void
}

/** How long the first frame may take before it is no longer waited for. */
const firstFrameTimeoutMs = 5_000

/** One video element with one stream. */
export class Picture {
  readonly element = document.createElement('video')
  readonly player: ReturnType<typeof playWhenAllowed>
  readonly #onSize: () => void
  readonly #hasTracks: boolean

  constructor(stream: MediaStream, handlers: PictureHandlers) {
    const tracks = stream.getVideoTracks()
    this.#hasTracks = tracks.length > 0
    this.#onSize = handlers.onSize
    Object.assign(this.element.style, { ...fill, objectFit: 'fill', display: 'block' })
    // Sound has an element of its own: a muted video may always play.
    this.element.muted = this.element.autoplay = this.element.playsInline = true
    this.element.addEventListener('resize', this.#onSize)
    this.player = playWhenAllowed(this.element, handlers)
    if (!this.#hasTracks) return
    this.element.srcObject = new MediaStream(tracks)
    void this.player.play()
  }

  /** Resolves when a frame is on the screen, at once if there is none to come, and after 5 s in any case. */
  whenShown(): Promise<void> {
    if (!this.#hasTracks) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.element.removeEventListener('loadeddata', onData)
        resolve()
      }
      // A page in the background draws nothing, so nothing needs to be drawn there.
      const onData = () => {
        if (document.hidden || !('requestVideoFrameCallback' in this.element)) done()
      }
      const timer = setTimeout(done, firstFrameTimeoutMs)
      this.element.addEventListener('loadeddata', onData)
      this.element.requestVideoFrameCallback?.(done)
    })
  }

  remove(): void {
    this.player.stop()
    this.element.removeEventListener('resize', this.#onSize)
    this.element.srcObject = null
    this.element.remove()
  }
}
