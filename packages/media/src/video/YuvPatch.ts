/** A run of opaque samples in one row of one plane; x and y in samples of that plane. */
export type YuvSpan = { plane: 0 | 1 | 2; x: number; y: number; bytes: Uint8Array }

/** A half-transparent luma sample: the anti-aliased rim of a rounded shape. `alpha` from 0 to 1. */
export type YuvEdge = { x: number; y: number; luma: number; alpha: number }

/**
 * A still picture in limited range YUV 4:2:0 (BT.601, what browsers take VP8 for), cut into runs of opaque
 * samples: drawing it is copying memory. Only the few samples on rounded edges are blended.
 */
export type YuvPatch = {
  width: number
  height: number
  spans: YuvSpan[]
  edges: YuvEdge[]
  /** Memory it holds, for caches. */
  sizeBytes: number
}

/** Converts RGBA with premultiplied alpha, 4 bytes per pixel. Width and height must be even. */
export function yuvPatchFromRgba(rgba: Uint8Array, width: number, height: number): YuvPatch {
  const spans: YuvSpan[] = []
  const edges: YuvEdge[] = []
  const chromaWidth = width >> 1
  const chromaHeight = height >> 1
  const luma = new Uint8Array(width * height)
  const chromaU = new Uint8Array(chromaWidth * chromaHeight)
  const chromaV = new Uint8Array(chromaWidth * chromaHeight)

  for (let y = 0; y < height; y++) {
    let runStart = -1
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4
      const alpha = rgba[at + 3]!
      if (alpha > 0) {
        const scale = 255 / alpha
        const value = lumaOf(rgba[at]! * scale, rgba[at + 1]! * scale, rgba[at + 2]! * scale)
        luma[y * width + x] = value
        if (alpha < 255) edges.push({ x, y, luma: value, alpha: alpha / 255 })
      }
      if (alpha === 255 && runStart < 0) runStart = x
      if (runStart >= 0 && (alpha < 255 || x === width - 1)) {
        const runEnd = alpha < 255 ? x : width
        spans.push({
          plane: 0,
          x: runStart,
          y,
          bytes: luma.subarray(y * width + runStart, y * width + runEnd),
        })
        runStart = -1
      }
    }
  }

  for (let y = 0; y < chromaHeight; y++) {
    let runStart = -1
    for (let x = 0; x <= chromaWidth; x++) {
      const isOpaque = x < chromaWidth && setChroma(rgba, width, x, y, chromaU, chromaV, y * chromaWidth + x)
      if (isOpaque && runStart < 0) runStart = x
      if (!isOpaque && runStart >= 0) {
        const from = y * chromaWidth + runStart
        const to = y * chromaWidth + x
        spans.push({ plane: 1, x: runStart, y, bytes: chromaU.subarray(from, to) })
        spans.push({ plane: 2, x: runStart, y, bytes: chromaV.subarray(from, to) })
        runStart = -1
      }
    }
  }
  return { width, height, spans, edges, sizeBytes: luma.length + chromaU.length * 2 + spans.length * 100 }
}

/** Averages a 2x2 block; false when less than half of it is covered. */
function setChroma(
  rgba: Uint8Array,
  width: number,
  x: number,
  y: number,
  chromaU: Uint8Array,
  chromaV: Uint8Array,
  to: number,
): boolean {
  const topLeft = (y * 2 * width + x * 2) * 4
  const bottomLeft = topLeft + width * 4
  const alpha = rgba[topLeft + 3]! + rgba[topLeft + 7]! + rgba[bottomLeft + 3]! + rgba[bottomLeft + 7]!
  if (alpha < 510) return false
  const scale = 255 / alpha
  const r = (rgba[topLeft]! + rgba[topLeft + 4]! + rgba[bottomLeft]! + rgba[bottomLeft + 4]!) * scale
  const g = (rgba[topLeft + 1]! + rgba[topLeft + 5]! + rgba[bottomLeft + 1]! + rgba[bottomLeft + 5]!) * scale
  const b = (rgba[topLeft + 2]! + rgba[topLeft + 6]! + rgba[bottomLeft + 2]! + rgba[bottomLeft + 6]!) * scale
  chromaU[to] = Math.round(128 - 0.148223 * r - 0.290993 * g + 0.439216 * b)
  chromaV[to] = Math.round(128 + 0.439216 * r - 0.367788 * g - 0.071427 * b)
  return true
}

function lumaOf(r: number, g: number, b: number): number {
  return Math.round(16 + 0.256788 * r + 0.504129 * g + 0.097906 * b)
}
