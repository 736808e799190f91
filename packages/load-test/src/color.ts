/** A colour as the canvas shows it: BT.601, limited range, as browsers and libvpx take it. */
export type Rgb = { r: number; g: number; b: number }
export type Yuv = { y: number; u: number; v: number }

/** Colours that stay apart after coding, mixing and scaling; member n has `memberColors[n % length]`. */
export const memberColors: readonly Rgb[] = [
  { r: 220, g: 40, b: 40 },
  { r: 40, g: 180, b: 60 },
  { r: 50, g: 80, b: 230 },
  { r: 230, g: 200, b: 30 },
  { r: 200, g: 50, b: 200 },
  { r: 30, g: 200, b: 210 },
  { r: 240, g: 130, b: 30 },
  { r: 130, g: 70, b: 200 },
  { r: 140, g: 200, b: 120 },
  { r: 230, g: 140, b: 170 },
  { r: 120, g: 80, b: 40 },
  { r: 90, g: 140, b: 200 },
]

export function toYuv({ r, g, b }: Rgb): Yuv {
  return {
    y: Math.round(16 + 0.257 * r + 0.504 * g + 0.098 * b),
    u: Math.round(128 - 0.148 * r - 0.291 * g + 0.439 * b),
    v: Math.round(128 + 0.439 * r - 0.368 * g - 0.071 * b),
  }
}
