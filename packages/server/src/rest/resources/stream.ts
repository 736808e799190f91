import type { StreamResource } from '@roomful/protocol/rest'
import type { RoomQuality } from '@roomful/protocol'
import type { RoomRecord, StreamRecord } from '../../store/index.ts'
import { toIsoTime } from './time.ts'

const pictures: Record<RoomQuality, { width: number; height: number }> = {
  '720p': { width: 1280, height: 720 },
  '1080p': { width: 1920, height: 1080 },
}

/** Size and rate of the picture are the room's. */
export function toStream(stream: StreamRecord, room: Pick<RoomRecord, 'quality' | 'fps'>): StreamResource {
  return {
    id: stream.id,
    url: stream.url,
    stream_type: 'rtmp',
    ...pictures[room.quality],
    fps: room.fps,
    created_at: toIsoTime(stream.createdAtMs),
    updated_at: toIsoTime(stream.updatedAtMs),
  }
}
