import { z } from 'zod'
import { anyObject, component, isoTime, uuid } from './answers.ts'
import {
  choice,
  flag,
  integer,
  maxDescriptionLength,
  maxDisplayNameLength,
  maxRemoveAfterSeconds,
  metaField,
  nameField,
  text,
  time,
} from './fields.ts'
import { includeActiveSession, pagedQuery, queryTime } from './query.ts'

/** Layouts that a room or conference may start with. */
export const initialLayouts = [
  'grid-responsive',
  'grid-responsive-mobile',
  'highlight-1-responsive',
  '1x1',
  '2x1',
  '2x2',
  '5up',
  '3x3',
  '4x4',
  '5x5',
  '6x6',
  '8x8',
  '10x10',
] as const
export type InitialLayout = (typeof initialLayouts)[number]

export const roomQualities = ['720p', '1080p'] as const

export const roomFieldDefaults = {
  max_members: 20,
  quality: '720p',
  layout: 'grid-responsive',
  record_on_start: false,
  enable_room_previews: false,
} as const

const { max_members, quality, layout } = roomFieldDefaults

/** Fields that rooms and conferences share. */
export const sharedRoomFields = {
  description: text('Description', { min: 0, max: maxDescriptionLength }),
  join_from: time('Join from').describe('Nobody can join before it.'),
  join_until: time('Join until').describe(
    'Nobody can join after it; the session runs on until all have left.',
  ),
  quality: choice('Quality', roomQualities)
    .nullish()
    .meta({ description: 'Size of the picture.', default: quality }),
  layout: choice('Layout', initialLayouts)
    .nullish()
    .meta({ description: 'The layout that sessions start with.', default: layout }),
  record_on_start: flag('Record on start').meta({
    description: 'A recording starts with every session.',
    default: false,
  }),
  enable_room_previews: flag('Enable room previews').meta({
    description: 'Offer an animated preview of the picture while a session runs.',
    default: false,
  }),
}

/** The original takes them for conferences alone, where they can be changed, not given at the beginning. */
export const arrivalFields = {
  tone_on_entry_and_exit: flag('Tone on entry and exit').meta({
    description: 'A short tone sounds when a member joins or leaves.',
    default: true,
  }),
  room_join_video_off: flag('Room join video off').meta({
    description: 'Every member joins video-muted, whatever its token says.',
    default: false,
  }),
  user_join_video_off: flag('User join video off').meta({
    description: 'The same as `room_join_video_off`.',
    default: false,
  }),
}

const roomFields = {
  display_name: text('Display name', { max: maxDisplayNameLength }).describe(
    'Any characters. Default: the name.',
  ),
  ...sharedRoomFields,
  max_members: integer('Max members', { min: 1, max: 300 }).meta({
    description: 'Members at one time.',
    default: max_members,
  }),
  remove_at: time('Remove at').describe('Everybody is removed at that time.'),
  remove_after_seconds_elapsed: integer('Remove after seconds elapsed', {
    min: 1,
    max: maxRemoveAfterSeconds,
  }).describe('Each member is removed so many seconds after joining.'),
  meta: metaField('Meta').describe('An object of your own, at most 2000 characters when serialized.'),
  sync_audio_video: flag('Sync audio video').describe('Kept and shown; it changes nothing.'),
  ...arrivalFields,
}

export const createRoomSchema = component(
  'CreateRoom',
  z.object({
    name: nameField('Name').describe('Unique in the project, over rooms and conferences.'),
    ...roomFields,
  }),
)
export type CreateRoom = z.infer<typeof createRoomSchema>

export const updateRoomSchema = component(
  'UpdateRoom',
  z
    .object({ name: nameField('Name').optional(), ...roomFields })
    .describe('Fields that are left out stay as they are; null sets the default.'),
)
export type UpdateRoom = z.infer<typeof updateRoomSchema>

export const listRoomsQuerySchema = pagedQuery({
  ...includeActiveSession,
  starts_after: queryTime('Starts after', 'Rooms whose `join_from` is at or after it.', { unix: true }),
  ends_before: queryTime('Ends before', 'Rooms whose `join_until` is at or before it.', { unix: true }),
})
export const getRoomQuerySchema = z.object(includeActiveSession)

const quality_ = z.enum(roomQualities)

/** The running session as rooms and conferences show it. */
export const activeSessionSchema = component(
  'ActiveSession',
  z.object({
    id: uuid(),
    room_id: uuid(),
    name: z.string(),
    display_name: z.string(),
    join_from: isoTime().nullable(),
    join_until: isoTime().nullable(),
    remove_at: isoTime().nullable(),
    remove_after_seconds_elapsed: z.int().nullable(),
    layout: z.string(),
    max_members: z.int(),
    fps: z.int(),
    quality: quality_,
    start_time: isoTime().nullable(),
    end_time: isoTime().nullable(),
    duration: z.int().nullable().describe('Seconds.'),
    status: z.enum(['in-progress', 'completed']),
    record_on_start: z.boolean(),
    enable_room_previews: z.boolean(),
    preview_url: z.string().nullable(),
    audio_video_sync: z.boolean().nullable().describe('What rooms call `sync_audio_video`.'),
  }),
)
export type ActiveSessionResource = z.infer<typeof activeSessionSchema>

export const roomSchema = component(
  'Room',
  z.object({
    id: uuid(),
    name: z.string(),
    display_name: z.string(),
    description: z.string().nullable(),
    max_members: z.int(),
    quality: quality_,
    fps: z.int().describe('Pictures per second.'),
    join_from: isoTime().nullable(),
    join_until: isoTime().nullable(),
    remove_at: isoTime().nullable(),
    remove_after_seconds_elapsed: z.int().nullable(),
    layout: z.string(),
    record_on_start: z.boolean(),
    tone_on_entry_and_exit: z.boolean(),
    room_join_video_off: z.boolean(),
    user_join_video_off: z.boolean(),
    enable_room_previews: z.boolean(),
    sync_audio_video: z.boolean().nullable(),
    meta: anyObject(),
    prioritize_handraise: z.boolean(),
    active_session: activeSessionSchema
      .optional()
      .describe('With `include_active_session=true`, while a session is running.'),
    created_at: isoTime(),
    updated_at: isoTime(),
  }),
)
export type RoomResource = z.infer<typeof roomSchema>
