import type { Frame } from 'node-av/lib'

import type { SourceId } from '../types.ts'
import type { ArrangedLayer } from './arrangeScene.ts'
import { bannerMarginPx } from './banner.ts'
import { Canvas } from './Canvas.ts'
import type { MuteImageKind } from './muteImage.ts'
import { ScalerPool } from './ScalerPool.ts'
import { StillCache } from './StillCache.ts'
import { type Fitting, fitSource, overlaps, type Rect } from './tileGeometry.ts'
import type { YuvPatch } from './YuvPatch.ts'

/** What a tile can show of a source. `serial` changes with every new picture. */
export type SourcePicture = { picture: Frame | null; serial: number; wasSeen: boolean }

type Tile = ArrangedLayer & {
  banner: { patch: YuvPatch; x: number; y: number } | null
  /** Tiles drawn later that lie over this one. */
  above: Tile[]
  shows: 'nothing' | 'picture' | MuteImageKind
  serial: number
  pictureWidth: number
  pictureHeight: number
  fitting: Fitting | null
  mustRedraw: boolean
}

/**
 * Draws the scene. Only tiles with something new are drawn, and those over them; everything else stays on
 * the canvas from earlier frames.
 */
export class Compositor {
  readonly canvas: Canvas
  readonly #scalers: ScalerPool
  readonly #stills: StillCache
  #tiles: Tile[] = []

  /** `onError`: a name or mute image could not be drawn. */
  constructor(width: number, height: number, onError: (error: unknown) => void) {
    this.#stills = new StillCache(onError)
    this.canvas = new Canvas(width, height)
    this.#scalers = new ScalerPool(this.canvas)
  }

  /** The next `compose` begins with a black canvas and draws every tile. */
  setTiles(arranged: readonly ArrangedLayer[]): void {
    this.canvas.clear()
    this.#tiles = arranged.map((place) => ({
      ...place,
      banner: this.#banner(place),
      above: [],
      shows: 'nothing',
      serial: -1,
      pictureWidth: 0,
      pictureHeight: 0,
      fitting: null,
      mustRedraw: true,
    }))
    for (const [index, tile] of this.#tiles.entries()) {
      tile.above = this.#tiles.slice(index + 1).filter((other) => overlaps(tile.rect, other.rect))
    }
  }

  /** Brings the canvas up to date. */
  compose(pictureOf: (sourceId: SourceId) => SourcePicture | undefined): void {
    for (const tile of this.#tiles) {
      if (!this.#update(tile, pictureOf(tile.layer.sourceId))) continue
      for (const above of tile.above) above.mustRedraw = true
    }
  }

  /** Whether anything was drawn. */
  #update(tile: Tile, source: SourcePicture | undefined): boolean {
    const picture = tile.layer.videoMuted ? null : (source?.picture ?? null)
    if (picture) return this.#updatePicture(tile, picture, source!.serial)
    const kind = tile.layer.videoMuted || source?.wasSeen ? 'muted' : 'waiting'
    if (tile.shows === kind && !tile.mustRedraw) return false
    const { rect, layer } = tile
    const still = this.#stills.muteImage(kind, layer.sourceId, layer.banner, rect.width, rect.height)
    if (still) this.canvas.draw(still, rect.x, rect.y)
    else this.canvas.fillBlack(rect)
    this.#finish(tile, kind)
    return true
  }

  #updatePicture(tile: Tile, picture: Frame, serial: number): boolean {
    if (tile.shows === 'picture' && tile.serial === serial && !tile.mustRedraw) return false
    const { width, height } = picture
    const isNewSize = width !== tile.pictureWidth || height !== tile.pictureHeight || !tile.fitting
    if (isNewSize) {
      tile.fitting = fitSource(tile.layer.fit, width, height, tile.rect)
      tile.pictureWidth = width
      tile.pictureHeight = height
    }
    const fitting = tile.fitting!
    const isBarred = fitting.target !== tile.rect
    if (isBarred && (isNewSize || tile.mustRedraw || tile.shows !== 'picture')) {
      this.canvas.fillBlack(tile.rect)
    }
    this.#scalers.draw(picture, fitting)
    tile.serial = serial
    this.#finish(tile, 'picture')
    return true
  }

  #finish(tile: Tile, shows: Tile['shows']): void {
    if (tile.banner) this.canvas.draw(tile.banner.patch, tile.banner.x, tile.banner.y)
    for (const rim of rimsOf(tile)) this.canvas.fillBlack(rim)
    tile.shows = shows
    tile.mustRedraw = false
  }

  #banner({ layer, rect }: ArrangedLayer): Tile['banner'] {
    if (layer.banner === null) return null
    const patch = this.#stills.banner(layer.banner, rect.width, rect.height)
    if (!patch) return null
    const margin = bannerMarginPx(rect.width)
    return { patch, x: rect.x + margin, y: rect.y + rect.height - margin - patch.height }
  }

  free(): void {
    this.#tiles = []
    this.#scalers.free()
    this.#stills.clear()
    this.canvas.free()
  }
}

function rimsOf({ rect, rim }: ArrangedLayer): Rect[] {
  const { x, y, width, height } = rect
  return [
    { x, y, width: rim.left, height },
    { x: x + width - rim.right, y, width: rim.right, height },
    { x, y, width, height: rim.top },
    { x, y: y + height - rim.bottom, width, height: rim.bottom },
  ].filter((strip) => strip.width > 0 && strip.height > 0)
}
