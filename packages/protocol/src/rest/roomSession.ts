import { z } from 'zod'
import { component, cost, isoTime, uuid } from './answers.ts'
import { isText } from './fields.ts'
import { pagedQuery } from './query.ts'

export const sessionStatuses = ['in-progress', 'completed'] as const

const sessionFields = {
  id: uuid(),
  room_id: uuid().nullable().describe('null if the room was made by joining and is gone, or was deleted.'),
  name: z.string().nullable(),
  display_name: z.string().nullable(),
  max_members: z.int().nullable(),
  quality: z.string().nullable(),
  fps: z.int().nullable(),
  join_from: isoTime().nullable(),
  join_until: isoTime().nullable(),
  remove_at: isoTime().nullable(),
  remove_after_seconds_elapsed: z.int().nullable(),
  layout: z.string().nullable().describe('The layout it started with.'),
  record_on_start: z.boolean(),
  tone_on_entry_and_exit: z.boolean(),
  room_join_video_off: z.boolean(),
  user_join_video_off: z.boolean(),
  locked: z.boolean(),
  start_time: isoTime().nullable(),
  end_time: isoTime().nullable(),
  duration: z.int().nullable().describe('Seconds; null while it runs.'),
  status: z.enum(sessionStatuses),
  preview_url: z.string().nullable().describe('While in progress, of rooms with previews.'),
  prioritize_handraise: z.boolean().nullable(),
  sync_audio_video: z.boolean().nullable(),
  created_at: isoTime(),
  updated_at: isoTime(),
}

export const roomSessionSchema = component('RoomSession', z.object(sessionFields))
export type RoomSessionResource = z.infer<typeof roomSessionSchema>

/** The list tells more than the single session: so does the original. */
export const listedRoomSessionSchema = component(
  'ListedRoomSession',
  z.object({
    ...sessionFields,
    cost_in_dollars: cost(),
    enable_room_previews: z.boolean(),
    locked_cover: z.string().nullable().describe('Always null: there is no cover image.'),
  }),
)
export type ListedRoomSessionResource = z.infer<typeof listedRoomSessionSchema>

export const listRoomSessionsQuerySchema = pagedQuery({
  room_id: z
    .string('Room id must be a UUID')
    .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'Room id must be a UUID')
    .optional()
    .meta({ format: 'uuid', description: 'Sessions of this room.' }),
  room_name: z
    .string('Room name must be a string')
    .refine(isText, 'Room name must not contain the character U+0000')
    .optional()
    .describe('Sessions of rooms of exactly this name.'),
  room_name_matches: z
    .string('Room name matches must be a string')
    .refine(isText, 'Room name matches must not contain the character U+0000')
    .optional()
    .describe('Sessions of rooms whose name contains it.'),
  status: z.enum(sessionStatuses, 'Status must be "in-progress" or "completed"').optional(),
})
export type ListRoomSessionsQuery = z.infer<typeof listRoomSessionsQuerySchema>

export const roomSessionMemberSchema = component(
  'RoomSessionMember',
  z.object({
    id: uuid(),
    room_session_id: uuid(),
    name: z.string().nullable(),
    join_time: isoTime().nullable(),
    leave_time: isoTime().nullable(),
    duration: z.int().nullable().describe('Seconds from joining to leaving, or to now.'),
    cost_in_dollars: cost(),
  }),
)
export type RoomSessionMemberResource = z.infer<typeof roomSessionMemberSchema>
