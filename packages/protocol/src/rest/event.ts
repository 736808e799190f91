import { z } from 'zod'
import { anyObject, component, isoTime, uuid } from './answers.ts'

export const eventSchema = component(
  'Event',
  z.object({
    id: uuid(),
    project_id: z.string(),
    room_id: uuid().nullable(),
    room_session_id: uuid(),
    room_recording_id: uuid().optional().describe('Events of recordings only.'),
    room_participant_id: uuid().optional().describe('Events of members only.'),
    level: z.string(),
    name: z.string().meta({
      description: 'As the browser SDK calls it, without `video.`.',
      examples: ['room.started', 'member.joined'],
    }),
    payload: anyObject(),
    created_at: isoTime(),
  }),
)
export type EventResource = z.infer<typeof eventSchema>
