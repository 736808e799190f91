import { z } from 'zod'
import { parseTime } from './fields.ts'

/** Query parameters: always strings on the wire. One that is given twice counts as wrong. */
const single = (message: string) => z.string(message)

export const queryInteger = (
  label: string,
  { min, max = Number.MAX_SAFE_INTEGER, description }: { min: number; max?: number; description: string },
) =>
  single(`${label} must be a whole number`)
    .transform((value, context) => {
      const number = /^-?\d{1,16}$/.test(value) ? Number(value) : Number.NaN
      if (number >= min && number <= max) return number
      const message = Number.isNaN(number)
        ? `${label} must be a whole number`
        : number < min
          ? `${label} must be at least ${min}`
          : `${label} must be at most ${max}`
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    })
    .meta({
      type: 'integer',
      minimum: min,
      ...(max < Number.MAX_SAFE_INTEGER && { maximum: max }),
      description,
    })

export const queryFlag = (label: string, description: string) =>
  z
    .enum(['true', 'false'], `${label} must be true or false`)
    .transform((value) => value === 'true')
    .default(false)
    .meta({ type: 'boolean', enum: [true, false], default: false, description })

/** RFC 3339 or a bare date; with `unix` also seconds since 1970. Gives milliseconds since 1970. */
export const queryTime = (label: string, description: string, { unix = false } = {}) =>
  single(`${label} must be a time as in RFC 3339`)
    .transform((value, context) => {
      // A "+" of an offset that was not escaped arrives as a space.
      const unixMs =
        unix && /^\d{1,11}$/.test(value)
          ? Number(value) * 1000
          : parseTime(value.replace(/ (\d{2}:\d{2})$/, '+$1'))
      if (unixMs !== undefined) return unixMs
      const message = `${label} must be a time as in RFC 3339, e.g. 2027-01-31T09:30:00Z`
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    })
    .optional()
    .meta({ description })

/** A page token: `PA` and hexadecimal digits. */
const pageToken = single('Page token must be a string').regex(
  /^PA[0-9a-f]{2,200}$/,
  'Page token must be one that a link of this list gave',
)

export const defaultPageSize = 50
export const maxPageSize = 1000

const pagingFields = {
  page_number: queryInteger('Page number', {
    min: 0,
    description: 'Counts from 0. Above 0 it needs the `page_token` of a link.',
  })
    .default(0)
    .meta({ default: 0 }),
  page_size: queryInteger('Page size', { min: 1, max: maxPageSize, description: 'Entries of a page.' })
    .default(defaultPageSize)
    .meta({ default: defaultPageSize }),
  page_token: pageToken.optional().meta({ description: 'From `links.next` or `links.prev`.' }),
}

/** Query of a list: paging and the filters of the list. */
export function pagedQuery<T extends z.ZodRawShape>(filters: T) {
  return z.object({ ...pagingFields, ...filters })
}
export const pagingQuerySchema = pagedQuery({})
export type PagingQuery = z.infer<typeof pagingQuerySchema>

export const includeActiveSession = {
  include_active_session: queryFlag(
    'Include active session',
    'Adds `active_session` while a session is running.',
  ),
}

export const defaultMediaTtlSeconds = 900
/** A week: the longest that a link of S3 may live. */
export const maxMediaTtlSeconds = 604_800

export const mediaTtl = {
  media_ttl: queryInteger('Media ttl', {
    min: 0,
    max: maxMediaTtlSeconds,
    description: 'For how many seconds `uri` works.',
  })
    .default(defaultMediaTtlSeconds)
    .meta({ default: defaultMediaTtlSeconds }),
}
