import { z } from 'zod'
import { component, isoTime, uuid } from './answers.ts'
import { pagedQuery, queryFlag, queryTime } from './query.ts'

export const listLogsQuerySchema = pagedQuery({
  include_deleted: queryFlag('Include deleted', 'Lists entries that were deleted too.'),
  created_before: queryTime('Created before', 'Entries from before this time.'),
  created_on: queryTime('Created on', 'Entries of this day, in UTC.'),
  created_after: queryTime('Created after', 'Entries from this time on.'),
})

export const liveLogSchema = component(
  'Log',
  z.object({
    id: uuid(),
    source: z.literal('realtime_api'),
    type: z.enum(['video_room_session', 'video_conference_session']),
    url: z.string().meta({ format: 'uri', description: 'The session itself.' }),
    room_name: z.string().nullable(),
    status: z.enum(['in-progress', 'completed']),
    locked: z.boolean(),
    started_at: isoTime().nullable(),
    ended_at: isoTime().nullable(),
    charge: z.number().describe('Always 0: there is nobody who charges.'),
    created_at: isoTime(),
    charge_details: z.array(z.object({ description: z.string(), charge: z.number() })),
  }),
)
export type LiveLogResource = z.infer<typeof liveLogSchema>

export const deletedLogSchema = component(
  'DeletedLog',
  z.object({ id: uuid(), discarded_at: isoTime(), created_at: isoTime() }),
)
export type DeletedLogResource = z.infer<typeof deletedLogSchema>

export const logSchema = z.union([liveLogSchema, deletedLogSchema])
