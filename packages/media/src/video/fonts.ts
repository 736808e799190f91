import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { GlobalFonts } from '@napi-rs/canvas'

import { splitGraphemes } from './nameText.ts'

/**
 * The fonts of names, from npm: Noto, cut by its publishers into files by Unicode range. A file is read when
 * the first name needs it (1 to 10 ms each), and then serves every room of the process.
 */
type FontPackage = {
  name: string
  /** Texts that may need this package. */
  covers: RegExp
  /** Always this file, where the package's style sheet does not tell the true ranges. */
  file?: string
}

function notoSans(id: string, covers: RegExp): FontPackage {
  return { name: `@fontsource-variable/noto-sans-${id}`, covers }
}

/** Its slices are COLRv1; other cuts of this font come as SVG, which Skia does not draw. */
const emoji: FontPackage = {
  name: '@infolektuell/noto-color-emoji',
  covers: /[\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3]/u,
}

/** In the order in which a character looks for its glyph. */
const packages: readonly FontPackage[] = [
  // Latin, Vietnamese, Greek, Cyrillic and Devanagari.
  { name: '@fontsource-variable/noto-sans', covers: /./su },
  notoSans('arabic', /\p{Script=Arabic}/u),
  notoSans('armenian', /\p{Script=Armenian}/u),
  notoSans('bengali', /\p{Script=Bengali}/u),
  notoSans('ethiopic', /\p{Script=Ethiopic}/u),
  notoSans('georgian', /\p{Script=Georgian}/u),
  notoSans('gujarati', /\p{Script=Gujarati}/u),
  notoSans('gurmukhi', /\p{Script=Gurmukhi}/u),
  notoSans('hebrew', /\p{Script=Hebrew}/u),
  notoSans('kannada', /\p{Script=Kannada}/u),
  notoSans('khmer', /\p{Script=Khmer}/u),
  notoSans('lao', /\p{Script=Lao}/u),
  notoSans('malayalam', /\p{Script=Malayalam}/u),
  { name: '@fontsource/noto-sans-myanmar', covers: /\p{Script=Myanmar}/u },
  notoSans('sinhala', /\p{Script=Sinhala}/u),
  notoSans('tamil', /\p{Script=Tamil}/u),
  notoSans('telugu', /\p{Script=Telugu}/u),
  notoSans('thai', /\p{Script=Thai}/u),
  notoSans('kr', /\p{Script=Hangul}/u),
  // Before Chinese: in a text with kana, the Han characters are Japanese ones.
  notoSans('jp', /[\p{Script=Hiragana}\p{Script=Katakana}]/u),
  notoSans('sc', /[\p{Script=Han}\p{Script=Bopomofo}\u3000-\u303f\uff00-\uffef]/u),
  emoji,
  {
    name: '@fontsource/noto-sans-math',
    covers: /[\u2100-\u22ff\u{1d400}-\u{1d7ff}]/u,
    file: 'noto-sans-math-latin-400-normal.woff2',
  },
  notoSans('symbols', /[\p{S}\p{No}]/u),
  { name: '@fontsource/noto-sans-symbols-2', covers: /[\p{S}\p{No}]/u },
]

type Slice = { file: string; ranges: readonly (readonly [number, number])[] }
type InstalledPackage = { directory: string; slices: Slice[] }

const require = createRequire(import.meta.url)
/** null: not installed; such text falls back to whatever fonts the system has. */
const installed = new Map<string, InstalledPackage | null>()

/**
 * The CSS font family list for a text, its fonts loaded. Every character finds its glyph in the first family
 * that has it.
 */
export function fontFamiliesFor(text: string): string {
  const families: string[] = []
  for (const pack of packages) {
    if (!pack.covers.test(text)) continue
    const found = findPackage(pack)
    if (!found) continue
    const files = pack.file ? [pack.file] : filesFor(text, found.slices, pack === emoji)
    for (const file of files) {
      const family = `${pack.name.slice(pack.name.indexOf('/') + 1)} ${file.slice(0, file.indexOf('.'))}`
      if (loadFont(join(found.directory, 'files', file), family)) families.push(`"${family}"`)
    }
  }
  families.push('sans-serif')
  return families.join(', ')
}

function loadFont(path: string, family: string): boolean {
  // Fonts belong to the process: another room's thread may have loaded it.
  return GlobalFonts.has(family) || GlobalFonts.registerFromPath(path, family) !== null
}

function filesFor(text: string, slices: readonly Slice[], isEmoji: boolean): string[] {
  // An emoji sequence is one glyph, and lies in the slice that names all its parts.
  const pieces = isEmoji ? splitGraphemes(text).filter((piece) => emoji.covers.test(piece)) : [...text]
  const files = new Set<string>()
  for (const piece of new Set(pieces)) {
    const codePoints = Array.from(piece, (character) => character.codePointAt(0)!)
    const slice =
      slices.find((candidate) => codePoints.every((codePoint) => includes(candidate, codePoint))) ??
      slices.find((candidate) => includes(candidate, codePoints[0]!))
    if (slice) files.add(slice.file)
  }
  return [...files]
}

function includes(slice: Slice, codePoint: number): boolean {
  return slice.ranges.some(([first, last]) => codePoint >= first && codePoint <= last)
}

function findPackage(pack: FontPackage): InstalledPackage | null {
  const known = installed.get(pack.name)
  if (known !== undefined) return known
  const found = readPackage(pack.name)
  installed.set(pack.name, found)
  return found
}

/** Files and their ranges stand in the package's style sheet. */
function readPackage(name: string): InstalledPackage | null {
  let stylePath: string
  try {
    stylePath = require.resolve(`${name}/index.css`)
  } catch {
    return null
  }
  const slices: Slice[] = []
  for (const [, body = ''] of readFileSync(stylePath, 'utf8').matchAll(/@font-face\s*\{([^}]*)\}/g)) {
    const file = /files\/([^)'"]+\.woff2)/.exec(body)?.[1]
    const ranges = /unicode-range:([^;]*)/.exec(body)?.[1]
    if (file && ranges) slices.push({ file, ranges: ranges.split(',').map(parseRange) })
  }
  return { directory: dirname(stylePath), slices }
}

/** "U+0400-045F" or "U+0490". */
function parseRange(range: string): readonly [number, number] {
  const [first = '', last = first] = range.trim().slice(2).split('-')
  return [Number.parseInt(first, 16), Number.parseInt(last, 16)]
}
