import type { VideoLayout } from '@roomful/protocol'
import { DeviceControls } from './features/DeviceControls.ts'
import { deviceInfo } from './media/LocalMedia.ts'

/**
 * A room in the browser: one mixed picture, one mixed sound, whatever the number of members.
 *
 * ```js
 * const room = new RoomSession({ token, rootElement: document.getElementById('room') })
 * room.on('member.joined', ({ member }) => console.log(`${member.name} joined`))
 * await room.join()
 * ```
 */
export class RoomSession extends DeviceControls {
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

  /** Id of the call between this client and the server; empty before joining. */
  get callId(): string {
    return this.connection?.leg.callId ?? ''
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

  /** The own tracks that are sent. Undefined before joining. */
  get localStream(): MediaStream | undefined {
    return this.connection?.localMedia.stream
  }

  /** The microphone's track; null while there is none, e.g. because it is stopped while muted. */
  get localAudioTrack(): MediaStreamTrack | null {
    return this.connection?.localMedia.track('audio') ?? null
  }

  /** The camera's track; null while there is none, e.g. because it is stopped while muted. */
  get localVideoTrack(): MediaStreamTrack | null {
    return this.connection?.localMedia.track('video') ?? null
  }

  /** The picture and the sound of the room. Another stream after media had to be restored. */
  get remoteStream(): MediaStream | undefined {
    return this.connection?.remoteStream
  }

  /** Id of the camera, or null if there is none. */
  get cameraId(): string | null {
    return deviceInfo(this.localVideoTrack).deviceId || null
  }

  /** Name of the camera, or null if there is none. */
  get cameraLabel(): string | null {
    return this.localVideoTrack?.label ?? null
  }

  /** Id of the microphone, or null if there is none. */
  get microphoneId(): string | null {
    return deviceInfo(this.localAudioTrack).deviceId || null
  }

  /** Name of the microphone, or null if there is none. */
  get microphoneLabel(): string | null {
    return this.localAudioTrack?.label ?? null
  }

  /** Additional devices that this client has added to the room. */
  get deviceList(): readonly RoomSessionDevice[] {
    return []
  }

  /** Screens that this client shares. */
  get screenShareList(): readonly RoomSessionScreenShare[] {
    return []
  }

  /** The layout of the last `layout.changed`. */
  get currentLayout(): VideoLayout | undefined {
    return this.connection?.state.layout
  }

  /** The own position in that layout. */
  get currentPosition(): string | undefined {
    return this.connection?.state.members.get(this.memberId)?.current_position
  }
}

/** A camera or microphone that has joined the room as a member of its own. */
export type RoomSessionDevice = { readonly memberId: string; leave(): Promise<void> }
/** A shared screen, which is a member of its own. */
export type RoomSessionScreenShare = { readonly memberId: string; leave(): Promise<void> }
