import { ChildConnection, type ChildOptions } from '../engine/ChildConnection.ts'
import { RoomSessionError } from '../errors.ts'
import type { CallEvents } from '../events.ts'
import { CallControls, type ActiveCall } from './CallControls.ts'
import { checkNumber } from './validate.ts'

/** Events of shared screens and additional devices. */
export type ChildSessionEvents = CallEvents

/** @internal What the room gives to make one. */
export type ChildSetup = Omit<ChildOptions, 'emit' | 'onEnded'> & { onEnded: (child: ChildSession) => void }

/** What a shared screen and an additional device have in common: a call of its own, a member of its own. */
export abstract class ChildSession extends CallControls<ChildSessionEvents> {
  readonly #connection: ChildConnection

  /** @internal Made by the room: see `startScreenShare()`, `addDevice()` and their relatives. */
  constructor(setup: ChildSetup) {
    super()
    this.#connection = new ChildConnection({
      ...setup,
      emit: (name, ...args) => this.emit(name as 'media.connected', ...(args as [])),
      onEnded: () => setup.onEnded(this),
    })
  }

  /** Whether it has joined the room and not left it. */
  get active(): boolean {
    return this.#connection.isActive
  }

  /** Id of the member that it is in the room; empty before joining. */
  get memberId(): string {
    return this.#connection.memberId
  }

  /** Id of the room. */
  get roomId(): string {
    return this.#connection.parent.state.roomId
  }

  /** Id of the running session of the room. */
  get roomSessionId(): string {
    return this.#connection.parent.state.roomSessionId
  }

  /** Nothing is received over this call: undefined. */
  get remoteStream(): MediaStream | undefined {
    return undefined
  }

  /** Joins the room; only needed with `autoJoin: false`. Rejects with the server's code if it refuses. */
  async join(): Promise<void> {
    await this.#connection.join()
  }

  /** Leaves the room and stops what was sent. Never rejects; it cannot join again. */
  async leave(): Promise<void> {
    await this.#connection.leave()
  }

  /** Mutes its sound. Needs `room.self.audio_mute`. */
  async audioMute(): Promise<void> {
    await this.#request('audioMute', 'video.member.audio_mute')
  }

  /** Unmutes its sound. Needs `room.self.audio_unmute`. */
  async audioUnmute(): Promise<void> {
    await this.#request('audioUnmute', 'video.member.audio_unmute')
  }

  /** Mutes its picture: others see the mute image. Needs `room.self.video_mute`. */
  async videoMute(): Promise<void> {
    await this.#request('videoMute', 'video.member.video_mute')
  }

  /** Unmutes its picture. Needs `room.self.video_unmute`. */
  async videoUnmute(): Promise<void> {
    await this.#request('videoUnmute', 'video.member.video_unmute')
  }

  /** Sets how loud it is to the others, in dB: -50 (silence) to 50, default 0. Needs `room.self.set_input_volume`. */
  async setInputVolume(params: { volume: number }): Promise<void> {
    const volume = checkNumber('setInputVolume()', 'volume', params?.volume, -50, 50)
    await this.#request('setInputVolume', 'video.member.set_input_volume', { volume })
  }

  /** @deprecated Use {@link setInputVolume}. */
  setMicrophoneVolume(params: { volume: number }): Promise<void> {
    return this.setInputVolume(params)
  }

  /**
   * Sets from which level on it counts as talking: 0 (never) to 100 (at the slightest sound), default 30. Needs
   * `room.self.set_input_sensitivity`.
   */
  async setInputSensitivity(params: { value: number }): Promise<void> {
    const value = checkNumber('setInputSensitivity()', 'value', params?.value, 0, 100)
    await this.#request('setInputSensitivity', 'video.member.set_input_sensitivity', { value })
  }

  /** @internal */
  protected get activeCall(): ActiveCall {
    return this.#connection
  }

  /** @internal */
  protected joinedCall(method: string): ActiveCall {
    if (this.#connection.isActive) return this.#connection
    throw new RoomSessionError(
      'not_joined',
      `${method}() was called on a ${this.#connection.type} that is not in the room.`,
    )
  }

  async #request(method: string, rpc: string, params: object = {}): Promise<void> {
    this.joinedCall(method)
    await this.#connection.parent.request(rpc, { ...params, member_id: this.memberId })
  }

  protected override onHandlerError(event: keyof ChildSessionEvents, error: unknown): void {
    this.#connection.parent.log(this.#connection.type).error(`A handler of "${event}" failed.`, error)
  }
}
