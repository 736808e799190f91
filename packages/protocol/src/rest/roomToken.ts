import { z } from 'zod'
import { allPermissions, permissionAliases, toPermission } from '../permissions.ts'
import { component } from './answers.ts'
import {
  choice,
  flag,
  integer,
  maxDisplayNameLength,
  maxRemoveAfterSeconds,
  metaField,
  nameField,
  text,
  time,
} from './fields.ts'

const permission = z
  .string('Permissions must be strings')
  .transform((name, context) => {
    const known = toPermission(name)
    if (known !== undefined) return known
    context.addIssue({ code: 'custom', message: `Permissions has an unknown entry "${name.slice(0, 100)}"` })
    return z.NEVER
  })
  .meta({ enum: [...allPermissions, ...Object.keys(permissionAliases)] })

/** Body of `POST /room_tokens`. */
export const createRoomTokenSchema = component(
  'CreateRoomToken',
  z.object({
    room_name: nameField('Room name').describe('The room need not exist yet.'),
    user_name: text('User name', { max: 100 }).describe('Default: a random one, new for every connection.'),
    permissions: z
      .array(permission, 'Permissions must be a list of strings')
      .nullish()
      .describe(
        'What the holder may do. Default: everything that concerns oneself alone. The audience has none, whatever is given here.',
      ),
    join_as: choice('Join as', ['member', 'audience'])
      .nullish()
      .meta({ description: 'The audience cannot send.', default: 'member' }),
    media_allowed: choice('Media allowed', ['all', 'audio-only', 'video-only'])
      .nullish()
      .meta({ description: 'The media that the user may receive.', default: 'all' }),
    join_from: time('Join from'),
    join_until: time('Join until'),
    remove_at: time('Remove at'),
    remove_after_seconds_elapsed: integer('Remove after seconds elapsed', {
      min: 1,
      max: maxRemoveAfterSeconds,
    }),
    join_audio_muted: flag('Join audio muted').meta({ default: false }),
    join_video_muted: flag('Join video muted').meta({ default: false }),
    auto_create_room: flag('Auto create room').meta({
      description: 'false: joining fails while there is no such room.',
      default: true,
    }),
    room_display_name: text('Room display name', { max: maxDisplayNameLength }).describe(
      'For a room that is made by joining.',
    ),
    enable_room_previews: flag('Enable room previews').meta({
      description: 'For a room that is made by joining.',
      default: false,
    }),
    room_meta: metaField('Room meta').describe("Sets the room's meta."),
    meta: metaField('Meta').describe("The member's meta."),
    end_room_session_on_leave: flag('End room session on leave').meta({
      description: 'The session ends when this member leaves.',
      default: false,
    }),
    sync_audio_video: flag('Sync audio video').meta({
      description: 'For a room that is made by joining: kept and shown; it changes nothing.',
      default: false,
    }),
  }),
)
export type CreateRoomToken = z.infer<typeof createRoomTokenSchema>

export const roomTokenSchema = component(
  'RoomToken',
  z.object({
    token: z.string().describe('A JSON Web Token: signed, not encrypted. It does not expire by itself.'),
  }),
)
