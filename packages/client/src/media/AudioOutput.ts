import { mediaError, RoomSessionError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { TypedEmitter } from '../TypedEmitter.ts'
import type { DeviceInfo } from './LocalMedia.ts'
import { playWhenAllowed } from './playback.ts'

export type AudioOutputEvents = {
  /** The browser does not let sound play before the user does something. */
  blocked: []
  unblocked: []
  updated: [change: { previous: DeviceInfo; current: DeviceInfo }]
  disconnected: [speaker: DeviceInfo]
}

/** Plays the sound of the room through an element of its own, on the chosen speaker. */
export class AudioOutput extends TypedEmitter<AudioOutputEvents> {
  readonly element = new Audio()
  readonly #logger: Logger
  readonly #player: ReturnType<typeof playWhenAllowed>
  #speaker: DeviceInfo = { deviceId: '', label: '' }

  constructor(logger: Logger) {
    super()
    this.#logger = logger
    this.element.autoplay = true
    this.#player = playWhenAllowed(this.element, {
      onBlocked: () => this.emit('blocked'),
      onUnblocked: () => this.emit('unblocked'),
    })
    navigator.mediaDevices?.addEventListener?.('devicechange', this.#onDeviceChange)
  }

  /** Plays the sound of `stream` from now on. */
  play(stream: MediaStream): void {
    const tracks = stream.getAudioTracks()
    this.element.srcObject = tracks.length > 0 ? new MediaStream(tracks) : null
    if (tracks.length > 0) void this.#player.play()
  }

  /** Starts blocked sound; call it from a handler of a click. */
  async resume(): Promise<void> {
    if (!this.element.srcObject || (await this.#player.play())) return
    const message = 'The browser still blocks sound: call resumeAudio() from a handler of a click or a key.'
    throw new RoomSessionError('media_permission_denied', message)
  }

  /** The speaker to begin with; no event tells about it. */
  async startOn(deviceId: string): Promise<void> {
    this.#speaker = await this.#use(deviceId)
  }

  /** Moves the sound to another speaker. */
  async setSpeaker(deviceId: string): Promise<void> {
    const previous = this.#speaker
    this.#speaker = await this.#use(deviceId)
    this.emit('updated', { previous, current: this.#speaker })
  }

  async #use(deviceId: string): Promise<DeviceInfo> {
    const element = this.element as HTMLAudioElement & { setSinkId?: (id: string) => Promise<void> }
    if (!element.setSinkId) {
      throw new RoomSessionError('media_not_supported', 'This browser cannot choose the speaker.')
    }
    try {
      await element.setSinkId(deviceId)
    } catch (error) {
      throw mediaError(error, `the speaker "${deviceId}"`)
    }
    const device = (await listSpeakers()).find((candidate) => candidate.deviceId === deviceId)
    return { deviceId, label: device?.label ?? '' }
  }

  close(): void {
    navigator.mediaDevices?.removeEventListener?.('devicechange', this.#onDeviceChange)
    this.#player.stop()
    this.element.pause()
    this.element.srcObject = null
    this.removeAllListeners()
  }

  readonly #onDeviceChange = () => {
    this.#followDevices().catch((error: unknown) =>
      this.#logger.warn('The speakers could not be listed.', error),
    )
  }

  /** Falls back to the default speaker when the chosen one is unplugged. */
  async #followDevices(): Promise<void> {
    const gone = this.#speaker
    if (gone.deviceId === '' || gone.deviceId === 'default') return
    const speakers = await listSpeakers()
    if (speakers.some((speaker) => speaker.deviceId === gone.deviceId) || this.#speaker !== gone) return
    this.emit('disconnected', gone)
    await this.setSpeaker('')
  }

  protected override onHandlerError(event: keyof AudioOutputEvents, error: unknown): void {
    this.#logger.error(`Handling "${event}" failed.`, error)
  }
}

async function listSpeakers(): Promise<MediaDeviceInfo[]> {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? []
  return devices.filter((device) => device.kind === 'audiooutput')
}
