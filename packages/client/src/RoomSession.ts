import type { LayoutChangedEvent, VideoLayout } from '@roomful/protocol'
import { ChildControls } from './features/ChildControls.ts'

/**
 * A room in the browser: one mixed picture, one mixed sound, whatever the number of members.
 *
 * ```js
 * const room = new RoomSession({ token, rootElement: document.getElementById('room') })
 * room.on('member.joined', ({ member }) => console.log(`${member.name} joined`))
 * await room.join()
 * ```
 */
export class RoomSession extends ChildControls {
  /** Id of the own member; empty before joining. */
  get memberId(): string {
    return this.connection?.state.memberId ?? ''
  }

  /** Id of the room; empty before joining. */
  get roomId(): string {
    return this.connection?.state.roomId ?? ''
  }

  /** Id of the running session of the room; empty before joining. */
  get roomSessionId(): string {
    return this.connection?.state.roomSessionId ?? ''
  }

  /** Where the preview of the room is, if the room has previews. */
  get previewUrl(): string | undefined {
    return this.connection?.state.previewUrl
  }

  /** What this client may do, e.g. `room.self.audio_mute`. Empty before joining. */
  get permissions(): string[] {
    return [...(this.connection?.signal.connection?.authorization.room.scopes ?? [])]
  }

  /** Members send and receive, audience participants only receive. */
  get interactivityMode(): 'audience' | 'member' {
    return this.connection?.signal.connection?.authorization.join_as ?? 'member'
  }

  /** The picture and the sound of the room. Another stream after media had to be restored. */
  get remoteStream(): MediaStream | undefined {
    return this.connection?.remoteStream
  }

  /** The layout of the last `layout.changed`. */
  get currentLayout(): VideoLayout | undefined {
    return this.connection?.state.layout
  }

  /** The last `layout.changed`. */
  get currentLayoutEvent(): LayoutChangedEvent | undefined {
    const { roomId: room_id, roomSessionId: room_session_id } = this
    return this.currentLayout && { room_id, room_session_id, layout: this.currentLayout }
  }

  /** The own position in that layout. */
  get currentPosition(): string | undefined {
    return this.connection?.state.members.get(this.memberId)?.current_position
  }
}
