import { createCanvas } from '@napi-rs/canvas'
import { describe, expect, test } from 'vitest'

import { renderBanner } from './banner.ts'
import { fontFamiliesFor } from './fonts.ts'
import { renderMuteImage } from './muteImage.ts'
import { cleanName, ellipsise, initialsOf } from './nameText.ts'
import type { YuvPatch } from './YuvPatch.ts'

describe('fonts', () => {
  // Two letters of each script: without a font both would be the same empty box.
  const pairs: [script: string, one: string, other: string][] = [
    ['Latin', 'Ã', 'ß'],
    ['Vietnamese', 'ễ', 'ươ'],
    ['Cyrillic', 'Ж', 'Ю'],
    ['Greek', 'Ω', 'Ψ'],
    ['Arabic', 'ش', 'ع'],
    ['Hebrew', 'ש', 'ל'],
    ['Devanagari', 'अ', 'क'],
    ['Bengali', 'ক', 'ম'],
    ['Gujarati', 'ક', 'મ'],
    ['Gurmukhi', 'ਕ', 'ਮ'],
    ['Tamil', 'த', 'ம'],
    ['Telugu', 'త', 'మ'],
    ['Kannada', 'ಕ', 'ಮ'],
    ['Malayalam', 'ക', 'മ'],
    ['Sinhala', 'ක', 'ම'],
    ['Thai', 'ก', 'ม'],
    ['Lao', 'ກ', 'ມ'],
    ['Khmer', 'ក', 'ម'],
    ['Myanmar', 'က', 'မ'],
    ['Georgian', 'თ', 'ბ'],
    ['Armenian', 'Ա', 'Բ'],
    ['Ethiopic', 'አ', 'ማ'],
    ['Hangul', '김', '민'],
    ['Kana', 'さ', 'ク'],
    ['Han', '王', '龜'],
    ['emoji', '😀', '🎉'],
    ['emoji sequences', '👍🏽', '👨‍👩‍👧'],
    ['flags', '🇩🇪', '🇯🇵'],
    ['letters of mathematics', '𝓐', '𝓵'],
    ['symbols', '☬', '♞'],
  ]
  test.each(pairs)('%s has glyphs, from a font of ours', (_script, one, other) => {
    const families = fontFamiliesFor(one + other)
    const draw = (text: string): Buffer => {
      const context = createCanvas(60, 60).getContext('2d')
      // Without the system's fonts.
      context.font = `400 40px ${families.replace(', sans-serif', '')}`
      context.fillText(text, 4, 44)
      return Buffer.from(context.getImageData(0, 0, 60, 60).data)
    }
    const drawn = draw(one)
    expect(drawn.some((value) => value > 0)).toBe(true)
    expect(drawn.equals(draw(other))).toBe(false)
    expect(drawn.equals(draw(missingCharacter))).toBe(false)
  })
  const missingCharacter = '\u{10fffd}'

  test('a text loads the fonts of its own scripts only', () => {
    expect(fontFamiliesFor('Ada')).toBe('"noto-sans noto-sans-latin-wght-normal", sans-serif')
    expect(fontFamiliesFor('محمد')).toContain('arabic')
    expect(fontFamiliesFor('さくら 山')).toMatch(/-jp-.*-sc-/)
  })
})

describe('name texts', () => {
  test('become one clean line', () => {
    expect(cleanName('  Ada\n\t Love\u0007lace \u202e')).toBe('Ada Love lace')
    expect(cleanName('Z\u0337a\u031b\u0340lgo')).toBe('Zàlgo'.normalize('NFC'))
    expect(cleanName('e\u0301')).toBe('é')
    expect([...cleanName('x'.repeat(5000))]).toHaveLength(80)
  })

  test('give initials in any script', () => {
    expect(initialsOf('ada king lovelace')).toBe('AL')
    expect(initialsOf('王小明')).toBe('王')
    expect(initialsOf('محمد علي')).toBe('م')
    expect(initialsOf('"Bob" (guest)')).toBe('BG')
    expect(initialsOf('👍🏽 Zoë')).toBe('👍🏽Z')
    expect(initialsOf(' - ')).toBe('')
  })

  test('are shortened between letters, never inside one', () => {
    const width = (text: string): number => [...new Intl.Segmenter().segment(text)].length
    expect(ellipsise('short', 10, width)).toBe('short')
    expect(ellipsise('Ada Lovelace', 6, width)).toBe('Ada L…')
    expect(ellipsise('Ada Lovelace', 5, width)).toBe('Ada…')
    expect(ellipsise('👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧', 2, width)).toBe('👨‍👩‍👧…')
    expect(ellipsise('Ada', 0, width)).toBe('')
  })
})

describe('stills', () => {
  test('a banner fits its tile, grows with it, and is left out where it could not be read', () => {
    let last = 0
    for (const tileWidth of [112, 320, 640, 1280]) {
      const banner = renderBanner(
        'A name much too long to be written into any tile at all, '.repeat(2),
        tileWidth,
        90,
      )!
      expect(banner.width).toBeLessThan(tileWidth)
      expect(banner.width).toBeGreaterThan(tileWidth * 0.5)
      expect(banner.height).toBeGreaterThan(last)
      last = banner.height
    }
    expect(renderBanner('Ada', 96, 54)).toBeNull()
    expect(renderBanner(' ', 320, 180)).toBeNull()
  })

  test('a banner is dark with white letters, opaque except at its rounded corners', () => {
    const banner = renderBanner('HHHH', 640, 360)!
    const luma = banner.spans.filter((span) => span.plane === 0)
    expect(luma).toHaveLength(banner.height)
    const values = luma.flatMap((span) => [...span.bytes])
    expect(Math.min(...values)).toBeLessThan(45)
    expect(Math.max(...values)).toBeGreaterThan(220)
    expect(luma[0]!.x).toBeGreaterThan(2)
    expect(luma[banner.height >> 1]!.bytes).toHaveLength(banner.width)
    expect(banner.edges.length).toBeGreaterThan(4)
    expect(banner.edges.length).toBeLessThan(120)
  })

  test('mute images cover every sample of their tile, and differ by source, name and kind', () => {
    const images = [
      renderMuteImage('muted', 'a', 'Ada', 320, 180),
      renderMuteImage('waiting', 'a', 'Ada', 320, 180),
      renderMuteImage('muted', 'b', 'Ada', 320, 180),
      renderMuteImage('muted', 'a', 'Bob', 320, 180),
      renderMuteImage('muted', 'a', null, 320, 180),
    ]
    for (const image of images) {
      expect(samples(image, 0)).toBe(320 * 180)
      expect([samples(image, 1), samples(image, 2)]).toEqual([160 * 90, 160 * 90])
      expect(image.edges).toEqual([])
    }
    const contents = images.map((image) =>
      Buffer.concat(image.spans.map((span) => span.bytes)).toString('base64'),
    )
    expect(new Set(contents).size).toBe(images.length)
    for (const [width, height] of [
      [16, 2],
      [80, 48],
      [1920, 1080],
      [64, 720],
    ] as const) {
      expect(samples(renderMuteImage('muted', 'a', 'Ada', width, height), 0)).toBe(width * height)
    }
  })
})

function samples(patch: YuvPatch, plane: number): number {
  return patch.spans.filter((span) => span.plane === plane).reduce((sum, span) => sum + span.bytes.length, 0)
}
