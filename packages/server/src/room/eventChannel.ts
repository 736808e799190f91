import type { RoomSessionId } from '@roomful/protocol'

/** The channel that a session's events come on: its `event_channel`. */
export function eventChannelOf(roomSessionId: RoomSessionId): string {
  return `room.${roomSessionId}`
}
