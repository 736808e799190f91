import type { RoomChange, RoomSubscribedEvent, VideoLayout, VideoRoomSession } from '@roomful/protocol'
import type { ObjectRequest } from '../objects/SessionObject.ts'
import { SessionObjects, type RunningObjects } from '../objects/SessionObjects.ts'
import { MemberList } from './MemberList.ts'

/** What is known about the room, from `room.subscribed` and the events after it. */
export class RoomState {
  readonly members = new MemberList()
  readonly objects: SessionObjects
  /** Those of the last `room.subscribed`. */
  running: RunningObjects = { recordings: [], playbacks: [], streams: [] }
  memberId = ''
  roomId = ''
  roomSessionId = ''
  previewUrl: string | undefined
  layout: VideoLayout | undefined
  #session: VideoRoomSession | undefined

  constructor(request: ObjectRequest) {
    this.objects = new SessionObjects(request)
  }

  /** The room's properties with present values, without its members. */
  get session(): VideoRoomSession | undefined {
    return this.#session
  }

  applySubscribed(event: RoomSubscribedEvent): void {
    const session = event.room_session
    this.#session = { ...session }
    this.memberId = event.member_id
    this.roomId = session.room_id
    this.roomSessionId = session.room_session_id ?? session.id
    this.previewUrl = session.preview_url
    this.members.replaceAll(session.members)
    this.running = this.objects.applySubscribed(session)
  }

  applyRoomChange(change: RoomChange): void {
    if (!this.#session) return
    const { updated, ...values } = change
    const changes = Object.fromEntries(
      Object.entries(values).filter(([name]) => updated.includes(name as never)),
    )
    this.#session = { ...this.#session, ...changes }
  }

  applyLayout(layout: VideoLayout): void {
    this.layout = layout
    this.members.applyLayout(layout)
  }
}
