import { RoomSessionError } from '../errors.ts'
import type { CallMedia } from '../engine/CallMedia.ts'
import type { Call } from '../engine/Call.ts'
import { deviceInfo, type LocalMedia } from '../media/LocalMedia.ts'
import type { MediaKind } from '../media/kinds.ts'
import { sends } from '../rtc/Peer.ts'
import { TypedEmitter, type EventArguments } from '../TypedEmitter.ts'
import { checkConstraintsObject, checkDigits, checkDirection, checkMediaUpdate } from './validate.ts'

/** Which way a kind of media flows, as seen from this client. */
export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/** What to change of one kind of media; constraints only for what is sent. */
export type MediaUpdate = { direction: MediaDirection; constraints?: MediaTrackConstraints }

/** New directions of sound, picture or both. */
export type UpdateMediaParams = { audio?: MediaUpdate; video?: MediaUpdate }

/** @internal What a call has while it lasts. */
export type ActiveCall = {
  readonly call: Call
  readonly localMedia: LocalMedia
  readonly media: CallMedia
}

/** What rooms, shared screens and additional devices have in common: each is one call with its own media. */
export abstract class CallControls<Events extends EventArguments<Events>> extends TypedEmitter<Events> {
  /** @internal The call, joined or not. */
  protected abstract get activeCall(): ActiveCall | undefined

  /** @internal The joined call; throws `not_joined` otherwise. */
  protected abstract joinedCall(method: string): ActiveCall

  /** Id of the call between this client and the server; empty before joining. A promotion gives another one. */
  get callId(): string {
    return this.activeCall?.call.callId ?? ''
  }

  /** The same as {@link callId}. */
  get id(): string {
    return this.callId
  }

  /** The own tracks that are sent. Undefined before joining. */
  get localStream(): MediaStream | undefined {
    return this.activeCall?.localMedia.stream
  }

  /** The microphone's track; null while there is none, e.g. because it is stopped while muted. */
  get localAudioTrack(): MediaStreamTrack | null {
    return this.activeCall?.localMedia.track('audio') ?? null
  }

  /** The camera's track; null while there is none, e.g. because it is stopped while muted. */
  get localVideoTrack(): MediaStreamTrack | null {
    return this.activeCall?.localMedia.track('video') ?? null
  }

  /** Id of the camera, or null if there is none. */
  get cameraId(): string | null {
    return deviceInfo(this.localVideoTrack).deviceId || null
  }

  /** Name of the camera, or null if there is none. */
  get cameraLabel(): string | null {
    return this.localVideoTrack?.label ?? null
  }

  /** Constraints that the camera was opened with, or null if there is none. */
  get cameraConstraints(): MediaTrackConstraints | null {
    return this.localVideoTrack && (this.activeCall?.localMedia.constraints('video') ?? null)
  }

  /** Id of the microphone, or null if there is none. */
  get microphoneId(): string | null {
    return deviceInfo(this.localAudioTrack).deviceId || null
  }

  /** Name of the microphone, or null if there is none. */
  get microphoneLabel(): string | null {
    return this.localAudioTrack?.label ?? null
  }

  /** Constraints that the microphone was opened with, or null if there is none. */
  get microphoneConstraints(): MediaTrackConstraints | null {
    return this.localAudioTrack && (this.activeCall?.localMedia.constraints('audio') ?? null)
  }

  /** Whether sound is sent or received. */
  get withAudio(): boolean {
    return this.#isUsed('audio')
  }

  /** Whether a picture is sent or received. */
  get withVideo(): boolean {
    return this.#isUsed('video')
  }

  /**
   * Sends another camera, or the present one in another way. If no camera was sent before, it is sent from now
   * on. A muted camera is opened when it is unmuted.
   */
  async updateCamera(constraints: MediaTrackConstraints): Promise<void> {
    const checked = checkConstraintsObject('updateCamera()', constraints)
    await this.joinedCall('updateCamera').media.updateDevice('video', checked)
  }

  /** Sends another microphone, or the present one in another way. */
  async updateMicrophone(constraints: MediaTrackConstraints): Promise<void> {
    const checked = checkConstraintsObject('updateMicrophone()', constraints)
    await this.joinedCall('updateMicrophone').media.updateDevice('audio', checked)
  }

  /**
   * Sends the tracks of `stream` in place of camera and microphone. A kind that the stream has no track of
   * stays as it is. The tracks belong to the application: they are never stopped by the SDK. Resolves with the
   * stream of what is sent now.
   */
  async setLocalStream(stream: MediaStream): Promise<MediaStream> {
    if (!(stream instanceof MediaStream) || stream.getTracks().length === 0) {
      throw new RoomSessionError(
        'invalid_argument',
        'setLocalStream() takes a MediaStream with at least one track.',
      )
    }
    const { media, localMedia } = this.joinedCall('setLocalStream')
    await media.setLocalStream(stream)
    return localMedia.stream
  }

  /**
   * Changes what is sent and received while the call runs. What is to be sent is opened, what is no longer
   * sent goes off. Rejects with `sending_not_allowed` if the token does not allow it.
   */
  async updateMedia(params: UpdateMediaParams): Promise<void> {
    const checked = checkMediaUpdate('updateMedia()', params)
    await this.joinedCall('updateMedia').media.update(checked)
  }

  /** Changes whether sound is sent and received: `sendrecv`, `sendonly`, `recvonly` or `inactive`. */
  async setAudioDirection(direction: MediaDirection): Promise<void> {
    const checked = checkDirection('setAudioDirection()', direction)
    await this.joinedCall('setAudioDirection').media.update({ audio: { direction: checked } })
  }

  /** Changes whether the picture is sent and received: `sendrecv`, `sendonly`, `recvonly` or `inactive`. */
  async setVideoDirection(direction: MediaDirection): Promise<void> {
    const checked = checkDirection('setVideoDirection()', direction)
    await this.joinedCall('setVideoDirection').media.update({ video: { direction: checked } })
  }

  /** Puts the call on hold: nothing is heard or seen of this client, and it hears nothing. */
  async hold(): Promise<void> {
    await this.joinedCall('hold').call.leg.hold(true)
  }

  /** Takes up a call that is on hold. */
  async unhold(): Promise<void> {
    await this.joinedCall('unhold').call.leg.hold(false)
  }

  /** Stops the microphone without a mute that the room would see. */
  async stopOutboundAudio(): Promise<void> {
    await this.joinedCall('stopOutboundAudio').localMedia.holdBack('audio', true)
  }

  /** Starts a microphone that was stopped by {@link stopOutboundAudio}. */
  async restoreOutboundAudio(): Promise<void> {
    await this.joinedCall('restoreOutboundAudio').localMedia.holdBack('audio', false)
  }

  /** Stops the camera without a mute that the room would see. */
  async stopOutboundVideo(): Promise<void> {
    await this.joinedCall('stopOutboundVideo').localMedia.holdBack('video', true)
  }

  /** Starts a camera that was stopped by {@link stopOutboundVideo}. */
  async restoreOutboundVideo(): Promise<void> {
    await this.joinedCall('restoreOutboundVideo').localMedia.holdBack('video', false)
  }

  /** Sends DTMF digits to the room: 0-9, A-D, * and #. */
  async sendDigits(dtmf: string): Promise<void> {
    const digits = checkDigits('sendDigits()', dtmf)
    await this.joinedCall('sendDigits').call.leg.info(digits)
  }

  #isUsed(kind: MediaKind): boolean {
    const direction = this.activeCall?.call.media.directions[kind]
    return sends(direction) || direction === 'recvonly'
  }
}
