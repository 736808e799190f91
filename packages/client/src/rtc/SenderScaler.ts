import type { Size } from '../render/geometry.ts'

/** Changes smaller than this (relative) are not worth a restart of the encoder at another size. */
const tolerance = 0.08
/** Off the canvas nobody sees the camera: a small picture keeps it ready. */
const hiddenScale = 4
/** Smallest height that is sent, so that a tiny tile still has a picture worth scaling. */
const minHeightPixels = 90

/**
 * By how much the camera's picture may be scaled down so that it still fills its tile: the tile is filled
 * edge to edge (cropped), so the larger of the two needs counts. Never below 1: nothing is scaled up.
 */
export function scaleForTile(capture: Size, tile: Size | undefined): number {
  if (capture.width <= 0 || capture.height <= 0) return 1
  const limit = Math.max(capture.height / minHeightPixels, 1)
  if (!tile || tile.width <= 0 || tile.height <= 0) return Math.min(hiddenScale, limit)
  const scale = Math.min(capture.width / tile.width, capture.height / tile.height)
  return Math.min(Math.max(scale, 1), limit)
}

/** Keeps the size of the sent camera picture at the size of the own tile (`scaleResolutionDownBy`). */
export class SenderScaler {
  #sender: RTCRtpSender | undefined
  #applied = 1
  #work: Promise<void> = Promise.resolve()

  /** Sets the sender to what the tile needs, unless it is there already, or nearly. */
  apply(sender: RTCRtpSender | undefined, tile: Size | undefined): Promise<void> {
    // One change at a time: parameters read before a change must not be set after it.
    const turn = this.#work.then(() => this.#apply(sender, tile))
    this.#work = turn.catch(() => undefined)
    return turn
  }

  async #apply(sender: RTCRtpSender | undefined, tile: Size | undefined): Promise<void> {
    const settings = sender?.track?.getSettings()
    if (!sender || !settings?.width || !settings.height) return
    if (sender !== this.#sender) {
      this.#sender = sender
      this.#applied = 1
    }
    const scale = scaleForTile({ width: settings.width, height: settings.height }, tile)
    if (Math.abs(scale - this.#applied) / this.#applied < tolerance) return
    const parameters = sender.getParameters()
    const encoding = parameters.encodings?.[0]
    if (!encoding) return // Not negotiated yet: tried again after the answer.
    encoding.scaleResolutionDownBy = scale
    await sender.setParameters(parameters)
    this.#applied = scale
  }
}
