/** Values that differ from run to run; two of one kind count as the same. */
const kinds: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['uuid', /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/],
  ['hash', /^[0-9a-f]{32}$/],
  ['time', /^\d{4}-\d\d-\d\dT[\d:.]+Z$/],
  ['page token', /^PA[0-9a-f]+$/],
  ['conference token', /^vpt_[0-9a-f]+$/],
  ['webhook secret', /^whsec_\S+$/],
  ['token', /^eyJ\S+$/],
]
const kindOf = (text: string): string | undefined => kinds.find(([, pattern]) => pattern.test(text))?.[0]

/** Ids of a page's samples, and what they were in this run. */
export type Known = Map<string, string>

/** Text with the sample ids replaced by those of this run. */
export function actualText(text: string, known: Known): string {
  if (known.size === 0) return text
  // In one go: what one id becomes is not another sample's.
  const samples = [...known.keys()].map(escapeRegExp).join('|')
  return text.replace(new RegExp(samples, 'g'), (sample) => known.get(sample) ?? sample)
}

/**
 * How `actual` differs from a sample: one line for each difference. Objects must have the same keys, lists of
 * a sample that is not empty as many entries; numbers of one kind are equal, and so are ids and times, as long as
 * one sample id is one id of the run. `…` in a text stands for any text, and alone for anything. What was learnt goes into `known`.
 */
export function differences(
  sample: unknown,
  actual: unknown,
  known: Known = new Map(),
  path = '$',
): string[] {
  if (sample === '…') return []
  if (typeof sample === 'string' && typeof actual === 'string') return ofTexts(sample, actual, known, path)
  const types = [sample, actual].map(typeOf)
  if (types[0] !== types[1]) return [`${path}: ${types[0]} in the sample, ${types[1]} in truth`]
  if (Array.isArray(sample) && Array.isArray(actual)) {
    if (sample.length > 0 && sample.length !== actual.length)
      return [`${path}: ${sample.length} entries in the sample, ${actual.length} in truth`]
    return sample.flatMap((each, index) => differences(each, actual[index], known, `${path}[${index}]`))
  }
  if (types[0] === 'boolean' && sample !== actual)
    return [`${path}: ${String(sample)} in the sample, ${String(actual)} in truth`]
  if (types[0] !== 'object') return []
  const [of, to] = [sample as Record<string, unknown>, actual as Record<string, unknown>]
  return [...new Set([...Object.keys(of), ...Object.keys(to)])].flatMap((key) => {
    if (!(key in to)) return [`${path}.${key}: in the sample only`]
    if (!(key in of)) return [`${path}.${key}: not in the sample, in truth ${JSON.stringify(to[key])}`]
    return differences(of[key], to[key], known, `${path}.${key}`)
  })
}

const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value

function ofTexts(sample: string, actual: string, known: Known, path: string): string[] {
  const expected = actualText(sample, known)
  if (matches(expected, actual)) return []
  const kind = kindOf(sample)
  if (kind !== undefined && kind === kindOf(actual) && !sample.includes('…')) {
    if (kind === 'time') return []
    if (!known.has(sample)) {
      known.set(sample, actual)
      return []
    }
  }
  return [`${path}: ${JSON.stringify(expected)} in the sample, ${JSON.stringify(actual)} in truth`]
}

/** Whether a text is as told; `…` stands for anything. */
export function matches(pattern: string, text: string): boolean {
  const escaped = pattern.split('…').map(escapeRegExp)
  return new RegExp(`^${escaped.join('[^]*')}$`).test(text)
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
