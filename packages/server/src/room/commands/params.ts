import { layoutNames, RoomError } from '@roomful/protocol'
import type { Meta } from '@roomful/protocol'
import { z } from 'zod'

/** Longest metadata, serialized, in characters. */
export const maxMetaLength = 2000

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 50)

const memberId = z
  .string({ error: (issue) => `must be the id of a member, got ${shown(issue.input)}` })
  .max(100, { error: 'must be the id of a member, got more than 100 characters' })

const numberWithin = (min: number, max: number, what: string) => {
  const error = (issue: { input?: unknown }) =>
    `must be ${what} from ${min} to ${max}, got ${shown(issue.input)}`
  return z.number({ error }).min(min, { error }).max(max, { error })
}

/** The id of a recording, stream or playback. */
const objectId = (what: string) =>
  z
    .string({ error: (issue) => `must be the id of a ${what}, got ${shown(issue.input)}` })
    .max(100, { error: `must be the id of a ${what}, got more than 100 characters` })

/** Longest URL of a stream or playback. */
const maxUrlLength = 2000

/** Its value is never in a message: it may hold a key. */
const url = (schemes: readonly string[], example: string) => {
  const error = `must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}, e.g. ${example}`
  return z
    .string({ error })
    .max(maxUrlLength, { error: `must have ${maxUrlLength} characters at most` })
    .refine((text) => hasScheme(text, schemes), { error })
}

function hasScheme(text: string, schemes: readonly string[]): boolean {
  const parsed = URL.parse(text)
  // Whitespace and control characters are dropped by the parser, not by who opens the URL.
  return (
    parsed !== null && schemes.includes(parsed.protocol) && parsed.host !== '' && !/[\s\p{Cc}]/u.test(text)
  )
}

const meta = z.custom<Meta>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
  error: (issue) => `must be an object, got ${shown(issue.input)}`,
})

const keys = z.array(z.string({ error: 'must be strings' }).max(maxMetaLength), {
  error: (issue) => `must be a list of strings, got ${shown(issue.input)}`,
})

const position = z
  .string({
    error: (issue) => `must be a position such as "auto" or "standard-1", got ${shown(issue.input)}`,
  })
  .max(100, { error: 'must be a position such as "auto" or "standard-1", got more than 100 characters' })

/** Parts of requests. Messages say what is allowed. */
export const fields = {
  memberId: memberId.nullish(),
  requiredMemberId: memberId,
  volumeDb: numberWithin(-50, 50, 'a number of dB'),
  sensitivity: numberWithin(0, 100, 'a number'),
  meta,
  keys,
  position,
  positions: z.record(memberId, position, {
    error: (issue) => `must map member ids (or "self") to positions, got ${shown(issue.input)}`,
  }),
  recordingId: objectId('recording'),
  streamId: objectId('stream'),
  playbackId: objectId('playback'),
  streamUrl: url(['rtmp:', 'rtmps:'], 'rtmp://example.com/live/KEY'),
  playbackUrl: url(['http:', 'https:', 'rtmp:', 'rtmps:'], 'https://example.com/film.mp4'),
  /** In a recording or film, at most a month from its beginning. */
  positionMs: numberWithin(0, 31 * 86_400_000, 'a number of milliseconds'),
  distanceMs: numberWithin(-31 * 86_400_000, 31 * 86_400_000, 'a number of milliseconds'),
  layoutName: z.enum(layoutNames, {
    error: ({ input }) =>
      `no layout ${JSON.stringify(String(input).slice(0, 50))}; there are: ${layoutNames.join(', ')}`,
  }),
  flag: z.boolean({ error: (issue) => `must be true or false, got ${shown(issue.input)}` }),
}

export const noParams = z.object({})
export const memberParams = z.object({ member_id: fields.memberId })

/** Throws `invalid_params` for metadata that is too long to be kept. */
export function checkMeta(value: Meta): Meta {
  const length = serializedLength(value)
  if (length <= maxMetaLength) return value
  throw new RoomError(
    'invalid_params',
    `meta: at most ${maxMetaLength} characters when serialized as JSON, got ${Number.isFinite(length) ? length : 'an object nested too deeply'}`,
  )
}

function serializedLength(value: Meta): number {
  try {
    return JSON.stringify(value).length
  } catch {
    // Nested so deeply that the serializer runs out of stack: far beyond any limit.
    return Infinity
  }
}
