import { createCanvas } from '@napi-rs/canvas'

import { fontFamiliesFor } from './fonts.ts'
import { cleanName, ellipsise } from './nameText.ts'
import { floorEven } from './tileGeometry.ts'
import { type YuvPatch, yuvPatchFromRgba } from './YuvPatch.ts'

/** Tiles narrower than this carry no name: it could not be read. */
export const minBannerTileWidth = 100

const background = '#15181e'
const foreground = '#ffffff'
const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u
const firstLetter = /\p{L}/u

/** Letters grow slower than tiles: 13 px at 320, 18 px at 640, 28 px at 1280. */
export function bannerFontPx(tileWidth: number): number {
  return Math.round(Math.min(Math.max(8 + tileWidth * 0.0156, 11), 34))
}

/** Distance of the banner from the left and bottom edge of its tile; even. */
export function bannerMarginPx(tileWidth: number): number {
  return Math.max(2, floorEven(bannerFontPx(tileWidth) * 0.6))
}

/** The name pill of a tile; null when there is nothing to write or no room for it. */
export function renderBanner(name: string, tileWidth: number, tileHeight: number): YuvPatch | null {
  const text = cleanName(name)
  if (text === '' || tileWidth < minBannerTileWidth) return null
  const fontPx = bannerFontPx(tileWidth)
  const height = floorEven(fontPx * 1.75)
  const padding = Math.round(fontPx * 0.65)
  const margin = bannerMarginPx(tileWidth)
  if (height + 2 * margin > tileHeight) return null

  const font = `500 ${fontPx}px ${fontFamiliesFor(`${text}…`)}`
  const measuring = createCanvas(2, 2).getContext('2d')
  measuring.font = font
  const maxTextWidth = tileWidth - 2 * margin - 2 * padding
  const shown = ellipsise(text, maxTextWidth, (part) => measuring.measureText(part).width)
  if (shown === '') return null
  const textWidth = measuring.measureText(shown).width
  const width = floorEven(Math.min(Math.ceil(textWidth) + 2 * padding + 1, tileWidth - 2 * margin))

  const canvas = createCanvas(width, height)
  const context = canvas.getContext('2d')
  context.fillStyle = background
  context.beginPath()
  context.roundRect(0, 0, width, height, Math.round(height * 0.3))
  context.fill()
  context.font = font
  context.fillStyle = foreground
  context.textAlign = 'left'
  if (rightToLeft.test(firstLetter.exec(shown)?.[0] ?? '')) context.direction = 'rtl'
  // Letters never spill over the rounded edge, whatever accents are piled up.
  context.globalCompositeOperation = 'source-atop'
  context.fillText(shown, (width - textWidth) / 2, height / 2 + fontPx * 0.355)
  return yuvPatchFromRgba(canvas.data(), width, height)
}
