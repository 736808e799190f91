import { defaultPermissions, toPermission, type Permission } from '@roomful/protocol'
import { z } from 'zod'
import type { NewRoomToken } from '../service/index.ts'

/** Largest serialized `meta` or `room_meta`, in characters. */
const maxMetaLength = 2000
const maxRemoveAfterSeconds = 200_000

const date = String.raw`\d{4}-\d{2}-\d{2}`
const rfc3339 = new RegExp(String.raw`^${date}([Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2}))?$`)

/** An optional field; `null` is the same as leaving it out. */
const optional = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? undefined)

const flag = (label: string) => optional(z.boolean(`${label} must be true or false`))

const text = (label: string, maxLength: number) =>
  optional(
    z
      .string(`${label} must be a string`)
      .min(1, `${label} must not be empty`)
      .max(maxLength, `${label} must have at most ${maxLength} characters`),
  )

/** RFC 3339, or a bare date for its first moment in UTC; gives unix seconds. */
const time = (label: string) =>
  optional(
    z.string(`${label} must be a time as in RFC 3339`).transform((value, context) => {
      const iso = value.length === 10 ? `${value}T00:00:00Z` : value.replace(' ', 'T').toUpperCase()
      const unixMs = rfc3339.test(value) && isCalendarDate(value.slice(0, 10)) ? Date.parse(iso) : Number.NaN
      if (Number.isFinite(unixMs)) return unixMs / 1000
      const message = `${label} must be a time as in RFC 3339, e.g. 2027-01-31T09:30:00Z`
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }),
  )

const meta = (label: string) =>
  optional(
    z
      .record(z.string(), z.unknown(), `${label} must be an object`)
      .refine(
        (value) => JSON.stringify(value).length <= maxMetaLength,
        `${label} must have at most ${maxMetaLength} characters when serialized`,
      ),
  )

const permission = z.string('Permissions must be strings').transform((name, context) => {
  const known = toPermission(name)
  if (known !== undefined) return known
  context.addIssue({ code: 'custom', message: `Permissions has an unknown entry "${name.slice(0, 100)}"` })
  return z.NEVER
})

const roomName = z
  .string({
    error: (issue) =>
      issue.input === undefined ? 'Room name must be present' : 'Room name must be a string',
  })
  .min(1, 'Room name must be present')
  .max(100, 'Room name must have at most 100 characters')
  .regex(/^[A-Za-z0-9_-]+$/, 'Room name may have letters, digits, "_" and "-" only')

/** Body of `POST /api/video/room_tokens`. Unknown fields are ignored. */
export const roomTokenSchema = z.object({
  room_name: roomName,
  user_name: text('User name', 100),
  permissions: optional(z.array(permission, 'Permissions must be a list of strings')),
  join_as: z.enum(['member', 'audience'], 'Join as must be "member" or "audience"').nullish(),
  media_allowed: z
    .enum(['all', 'audio-only', 'video-only'], 'Media allowed must be "all", "audio-only" or "video-only"')
    .nullish(),
  join_from: time('Join from'),
  join_until: time('Join until'),
  remove_at: time('Remove at'),
  remove_after_seconds_elapsed: optional(
    z
      .int('Remove after seconds elapsed must be a whole number')
      .min(1, 'Remove after seconds elapsed must be at least 1')
      .max(maxRemoveAfterSeconds, `Remove after seconds elapsed must be at most ${maxRemoveAfterSeconds}`),
  ),
  join_audio_muted: flag('Join audio muted'),
  join_video_muted: flag('Join video muted'),
  auto_create_room: flag('Auto create room'),
  room_display_name: text('Room display name', 200),
  enable_room_previews: flag('Enable room previews'),
  room_meta: meta('Room meta'),
  meta: meta('Meta'),
  end_room_session_on_leave: flag('End room session on leave'),
  sync_audio_video: flag('Sync audio video'),
})
export type RoomTokenRequest = z.infer<typeof roomTokenSchema>

/** The claims of the token that a request asks for, defaults filled in. */
export function toClaims(request: RoomTokenRequest): NewRoomToken {
  const joinAs = request.join_as ?? 'member'
  return {
    u: request.user_name,
    r: request.room_name,
    s: joinAs === 'audience' ? [] : unique(request.permissions ?? defaultPermissions),
    ja: joinAs,
    ma: request.media_allowed ?? 'all',
    acr: request.auto_create_room ?? true,
    mta: request.meta,
    rmta: request.room_meta,
    jf: request.join_from,
    ju: request.join_until,
    rat: request.remove_at,
    rse: request.remove_after_seconds_elapsed,
    erp: request.enable_room_previews ?? false,
    room_display_name: request.room_display_name,
    join_audio_muted: request.join_audio_muted ?? false,
    join_video_muted: request.join_video_muted ?? false,
    end_room_session_on_leave: request.end_room_session_on_leave ?? false,
    sync_audio_video: request.sync_audio_video ?? false,
  }
}

function unique(permissions: readonly Permission[]): Permission[] {
  return [...new Set(permissions)]
}

/** `Date` takes 30 February for 1 March. */
function isCalendarDate(day: string): boolean {
  const parsed = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day)
}
