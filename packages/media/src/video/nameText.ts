const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })
const maxGraphemes = 80
/** Code units looked at, before anything is measured: a name is not a place for an essay. */
const maxInput = 1000

/** Accents that no letter of NFC has taken in and that the fonts do not know either. */
const looseMarks = /(?![\u0300\u0301\u0303\u0304\u0308\u0309\u0323\u0329])[\u0300-\u034e\u0350-\u036f]/gu

/** A name as it is drawn: one line, no control characters, no direction overrides. */
export function cleanName(name: string): string {
  const line = name
    .slice(0, maxInput)
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Zs}]+/gu, ' ')
    .replace(looseMarks, '')
    .replace(/[\u202a-\u202e\u2066-\u2069\p{Cs}\p{Co}\p{Cn}]/gu, '')
    .trim()
  return splitGraphemes(line).slice(0, maxGraphemes).join('')
}

export function splitGraphemes(text: string): string[] {
  return Array.from(graphemes.segment(text), (part) => part.segment)
}

/** First letters of the first and the last word; one letter for scripts written without spaces. */
export function initialsOf(name: string): string {
  const words = cleanName(name)
    .split(' ')
    .filter((word) => /[\p{L}\p{N}\p{S}]/u.test(word))
    .map((word) => splitGraphemes(word.replace(/^[^\p{L}\p{N}\p{S}]+/u, ''))[0] ?? '')
  const first = words[0] ?? ''
  // Arabic letters would join into a word of their own.
  if (/\p{Script=Arabic}/u.test(first)) return first
  const last = words.length > 1 ? words.at(-1)! : ''
  return (first + last).toLocaleUpperCase('und')
}

/** The longest beginning of the text, with an ellipsis, that `measure` finds not wider than `maxWidth`. */
export function ellipsise(text: string, maxWidth: number, measure: (text: string) => number): string {
  if (measure(text) <= maxWidth) return text
  const parts = splitGraphemes(text)
  let fits = 0
  let tooMany = parts.length
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1
    if (measure(shortened(parts, middle)) <= maxWidth) fits = middle
    else tooMany = middle
  }
  return fits > 0 ? shortened(parts, fits) : ''
}

function shortened(parts: readonly string[], count: number): string {
  return `${parts.slice(0, count).join('').trimEnd()}…`
}
