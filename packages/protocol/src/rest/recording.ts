import { z } from 'zod'
import { component, cost, isoTime, uuid } from './answers.ts'
import { mediaTtl, pagedQuery } from './query.ts'

export const recordingStatuses = ['recording', 'paused', 'processing', 'completed'] as const

export const recordingSchema = component(
  'Recording',
  z.object({
    id: uuid(),
    room_session_id: uuid(),
    status: z.enum(recordingStatuses).nullable(),
    started_at: isoTime().nullable(),
    finished_at: isoTime().nullable(),
    duration: z.int().nullable().describe('Seconds.'),
    size_in_bytes: z.int().nullable(),
    format: z.literal('video/mp4'),
    cost_in_dollars: cost(),
    uri: z
      .string()
      .nullable()
      .describe(
        'A link to the file that works for `media_ttl` seconds; null until the recording is complete.',
      ),
    created_at: isoTime(),
    updated_at: isoTime(),
  }),
)
export type RecordingResource = z.infer<typeof recordingSchema>

export const listRecordingsQuerySchema = pagedQuery(mediaTtl)
export const getRecordingQuerySchema = z.object(mediaTtl)
