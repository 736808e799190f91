import type { SceneLayer } from '../types.ts'

/** A rectangle in pixels. On the canvas every value is even, because chroma planes have half the resolution. */
export type Rect = { x: number; y: number; width: number; height: number }

/** Where a layer's tile lies, and the black rims kept free inside it towards its neighbours. */
export type TilePlace = {
  rect: Rect
  /** Pixels of the tile's own edge painted black; 0 or `rimPx`. */
  rim: { left: number; top: number; right: number; bottom: number }
}

/** swscale writes rows in whole vectors; only widths in steps of this leave the neighbour's pixels alone. */
const widthStep = 16
/** Black line at an edge where the next tile begins at once. Even, see `Rect`. */
const rimPx = 2
/** How much of the canvas height a tile may give up, per edge, to keep its layer's aspect ratio. */
const maxTrimShare = 0.006
/** A difference in aspect ratio below this share is stretched away instead of cropped or barred. */
const negligibleAspect = 0.02

export function floorEven(value: number): number {
  return Math.floor(value / 2) * 2
}

function roundEven(value: number): number {
  return Math.round(value / 2) * 2
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}

/**
 * The tile of a layer: centred in the layer's rectangle, its width a multiple of 16 pixels, its aspect ratio
 * as near to the layer's as 0.6 % of the canvas per edge allows. null when the layer is too small to draw.
 */
export function placeTile(
  layer: Pick<SceneLayer, 'x' | 'y' | 'width' | 'height'>,
  canvasWidth: number,
  canvasHeight: number,
): TilePlace | null {
  const left = clamp((layer.x / 100) * canvasWidth, 0, canvasWidth)
  const top = clamp((layer.y / 100) * canvasHeight, 0, canvasHeight)
  const right = clamp(((layer.x + layer.width) / 100) * canvasWidth, 0, canvasWidth)
  const bottom = clamp(((layer.y + layer.height) / 100) * canvasHeight, 0, canvasHeight)
  const layerWidth = right - left
  const layerHeight = bottom - top
  // Half a pixel of tolerance: 33.3333 % of 1920 is meant to be 640.
  const width = Math.floor((layerWidth + 0.5) / widthStep) * widthStep
  const fullHeight = floorEven(layerHeight + 0.5)
  if (!(width >= widthStep) || !(fullHeight >= 2)) return null
  const sameAspect = floorEven((layerHeight * width) / layerWidth + 0.5)
  const trimmed = fullHeight - 2 * floorEven(maxTrimShare * canvasHeight)
  const height = clamp(Math.max(sameAspect, trimmed), 2, fullHeight)
  const x = clamp(roundEven(left + (layerWidth - width) / 2), 0, floorEven(canvasWidth - width))
  const y = clamp(roundEven(top + (layerHeight - height) / 2), 0, floorEven(canvasHeight - height))
  const rimFor = (isInterior: boolean, gap: number): number => (isInterior && gap < rimPx - 0.5 ? rimPx : 0)
  return {
    rect: { x, y, width, height },
    rim: {
      left: rimFor(left > 0.5, x - left),
      top: rimFor(top > 0.5, y - top),
      right: rimFor(right < canvasWidth - 0.5, right - x - width),
      bottom: rimFor(bottom < canvasHeight - 0.5, bottom - y - height),
    },
  }
}

/** Which part of a source goes where in a tile. `target` is relative to the canvas. */
export type Fitting = { crop: Rect; target: Rect }

/**
 * `cover` crops the source centrally to the tile's aspect ratio; `contain` makes the target smaller, so that
 * the tile's black shows beside it.
 */
export function fitSource(
  fit: SceneLayer['fit'],
  sourceWidth: number,
  sourceHeight: number,
  tile: Rect,
): Fitting {
  const whole = { x: 0, y: 0, width: sourceWidth, height: sourceHeight }
  const sourceAspect = sourceWidth / sourceHeight
  const tileAspect = tile.width / tile.height
  if (Math.abs(sourceAspect / tileAspect - 1) < negligibleAspect) return { crop: whole, target: tile }
  if (fit === 'cover') return { crop: cropToAspect(sourceWidth, sourceHeight, tileAspect), target: tile }

  const fullWidth = sourceAspect > tileAspect ? tile.width : tile.height * sourceAspect
  const width = clamp(Math.floor((fullWidth + 0.5) / widthStep) * widthStep, widthStep, tile.width)
  const height = clamp(roundEven(width / sourceAspect), 2, tile.height)
  return {
    crop: whole,
    target: {
      x: tile.x + floorEven((tile.width - width) / 2),
      y: tile.y + floorEven((tile.height - height) / 2),
      width,
      height,
    },
  }
}

function cropToAspect(width: number, height: number, aspect: number): Rect {
  const cropWidth = clamp(roundEven(height * aspect), 2, width)
  const cropHeight = clamp(roundEven(width / aspect), 2, height)
  if (cropWidth < width) {
    return { x: floorEven((width - cropWidth) / 2), y: 0, width: cropWidth, height }
  }
  return { x: 0, y: floorEven((height - cropHeight) / 2), width, height: cropHeight }
}

export function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

export function contains(outer: Rect, inner: Rect): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  )
}
