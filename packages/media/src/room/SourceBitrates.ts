import { minTileBitrateBps, tileBitrateBps } from '../rtp/index.ts'
import type { RoomMediaOptions, Scene, SourceId } from '../types.ts'

/** What each source may send: as much as its tile can show (principle: a member costs the pixels of its tile). */
export class SourceBitrates {
  readonly #options: RoomMediaOptions
  #bitratesBps = new Map<SourceId, number>()

  constructor(options: RoomMediaOptions) {
    this.#options = options
  }

  setScene(scene: Scene): void {
    const { width, height, fps } = this.#options
    const bitratesBps = new Map<SourceId, number>()
    for (const layer of scene.layers) {
      if (layer.videoMuted) continue
      const bps = tileBitrateBps((layer.width * width) / 100, (layer.height * height) / 100, fps)
      bitratesBps.set(layer.sourceId, Math.max(bps, bitratesBps.get(layer.sourceId) ?? 0))
    }
    this.#bitratesBps = bitratesBps
  }

  /** A source that nobody sees keeps the least: its encoder stays warm for the moment it is shown. */
  of(sourceId: SourceId | null): number {
    return (sourceId === null ? undefined : this.#bitratesBps.get(sourceId)) ?? minTileBitrateBps
  }
}
