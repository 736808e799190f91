import { z } from 'zod'

/** Largest serialized `meta` or `room_meta`, in characters. */
export const maxMetaLength = 2000
export const maxRemoveAfterSeconds = 200_000
export const maxNameLength = 100
export const maxDisplayNameLength = 200
export const maxDescriptionLength = 3000

/**
 * Fields of request bodies. Left out is `undefined`; `null` asks for the default, which a PUT must be able to tell
 * from a field that is to stay. `label` is how messages call the field.
 */
export const flag = (label: string) => z.boolean(`${label} must be true or false`).nullish()

export const integer = (label: string, { min, max }: { min: number; max: number }) =>
  z
    .int(`${label} must be a whole number`)
    .min(min, `${label} must be at least ${min}`)
    .max(max, `${label} must be at most ${max}`)
    .nullish()

export const choice = <const T extends readonly [string, ...string[]]>(label: string, values: T) =>
  z.enum(values, `${label} must be one of ${values.map((value) => `"${value}"`).join(', ')}`)

/** Text as people write it. `min: 0` lets it be empty. */
export const requiredText = (label: string, { min = 1, max }: { min?: number; max: number }) =>
  z
    .string({
      error: ({ input }) =>
        input === undefined || input === null ? `${label} must be present` : `${label} must be a string`,
    })
    .min(min, `${label} must not be empty`)
    .max(max, `${label} must have at most ${max} characters`)
    .refine(isText, `${label} must not contain the character U+0000`)
    // What is stored as UTF-8 could not be given back as it came.
    .refine((value) => value.isWellFormed(), `${label} must not contain halves of surrogate pairs`)

export const text = (label: string, limits: { min?: number; max: number }) =>
  requiredText(label, limits).nullish()

/** The name by which rooms and conferences are joined: it goes into URLs and tokens. */
export const nameField = (label: string) =>
  z
    .string({
      error: ({ input }) =>
        input === undefined || input === null ? `${label} must be present` : `${label} must be a string`,
    })
    .min(1, `${label} must be present`)
    .max(maxNameLength, `${label} must have at most ${maxNameLength} characters`)
    .regex(/^[A-Za-z0-9_-]+$/, `${label} may have letters, digits, "_" and "-" only`)

/** RFC 3339, or a bare date for its first moment in UTC; gives milliseconds since 1970. */
export const time = (label: string) => requiredTime(label).nullish()

export const requiredTime = (label: string) =>
  z
    .string(`${label} must be a time as in RFC 3339`)
    .transform((value, context) => {
      const unixMs = parseTime(value)
      if (unixMs !== undefined) return unixMs
      const message = `${label} must be a time as in RFC 3339, e.g. 2027-01-31T09:30:00Z`
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    })
    .meta({ format: 'date-time' })

/** An object of the application's own. */
export const metaField = (label: string) =>
  z
    .record(z.string(), z.unknown(), `${label} must be an object`)
    .refine(
      (value) => serializedLength(value) <= maxMetaLength,
      `${label} must have at most ${maxMetaLength} characters when serialized`,
    )
    .nullish()

/** Postgres keeps no text with this character. */
export function isText(value: string): boolean {
  return !value.includes('\0')
}

const day = String.raw`\d{4}-\d{2}-\d{2}`
const rfc3339 = new RegExp(String.raw`^${day}([Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2}))?$`)

/** What RFC 3339 can write; an offset may lead out of it. */
const firstMs = Date.parse('0000-01-01T00:00:00Z')
const lastMs = Date.parse('9999-12-31T23:59:59.999Z')

/** Milliseconds since 1970 of an RFC 3339 time or a bare date; undefined if it is neither. */
export function parseTime(value: string): number | undefined {
  if (!rfc3339.test(value) || !isCalendarDate(value.slice(0, 10))) return undefined
  const iso = value.length === 10 ? `${value}T00:00:00Z` : value.replace(' ', 'T').toUpperCase()
  const unixMs = Date.parse(iso)
  return unixMs >= firstMs && unixMs <= lastMs ? unixMs : undefined
}

/** `Date` takes 30 February for 1 March. */
function isCalendarDate(text: string): boolean {
  const parsed = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text)
}

function serializedLength(value: unknown): number {
  try {
    return JSON.stringify(value).length
  } catch {
    // Nested too deep to be written: longer than any limit.
    return Number.POSITIVE_INFINITY
  }
}
