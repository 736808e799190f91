import type { RoomSubscribedEvent } from '@roomful/protocol'
import type { RoomJoinedEvent } from '../events.ts'
import type { RunningObjects } from '../objects/SessionObjects.ts'

/** A copy of what the server told, with objects in place of what it told of them. */
export function withObjects(event: RoomSubscribedEvent, running: RunningObjects): RoomJoinedEvent {
  const room = { ...event.room_session, ...running }
  return { ...event, room_session: room, room }
}
