import { mediaError, type RoomSessionError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { TypedEmitter } from '../TypedEmitter.ts'
import { completeConstraints, withExactDevice } from './constraints.ts'
import { mediaKinds, type MediaKind } from './kinds.ts'

/** A device as `camera.*`, `microphone.*` and `speaker.*` events show it. */
export type DeviceInfo = { deviceId: string; label: string }

export type LocalMediaEvents = {
  /** Another track is sent, or none. */
  changed: [kind: MediaKind]
  /** The device was replaced on purpose. */
  updated: [kind: MediaKind, change: { previous: DeviceInfo; current: DeviceInfo }]
  /** The device vanished or was taken away. Not fired by muting. */
  disconnected: [kind: MediaKind, device: DeviceInfo]
  /** A device could not be opened again after a mute. */
  failed: [kind: MediaKind, error: RoomSessionError]
}

export type LocalMediaOptions = {
  logger: Logger
  /** Whether a muted device is stopped (its light goes off) or only sends nothing. Default true for both. */
  stopWhileMuted: Record<MediaKind, boolean>
  /** Whether a device can be opened again by itself. A shared screen cannot: the user would be asked. Default true. */
  canReopen?: boolean
  /** Puts a track (or nothing) into the sender of its kind. */
  send: (kind: MediaKind, track: MediaStreamTrack | null) => Promise<void>
}

/** `sent`; `silent`: the device runs, nothing of it is sent; `stopped`: the device is off. */
type Flow = 'sent' | 'silent' | 'stopped'

type Slot = {
  track: MediaStreamTrack | null
  /** We opened it, so we may stop and reopen it. Tracks of the application are only detached. */
  owned: boolean
  constraints: MediaTrackConstraints
  flow: Flow
  /** Muted in the room. */
  isMuted: boolean
  /** Stopped by the application, without a mute in the room. */
  isHeldBack: boolean
  /** The device that was open last. */
  last: DeviceInfo
  /** There was something to send of this kind: an unmute opens the device only then. */
  isUsed: boolean
  /** Changes are applied one after the other. */
  work: Promise<void>
}

/** The names of devices in events. */
export const deviceEventName = { audio: 'microphone', video: 'camera' } as const

const deviceNames: Record<MediaKind, string> = { audio: 'the microphone', video: 'the camera' }

const emptySlot = (kind: MediaKind): Slot => ({
  track: null,
  owned: true,
  constraints: completeConstraints(kind, true),
  flow: 'sent',
  isMuted: false,
  isHeldBack: false,
  last: { deviceId: '', label: '' },
  isUsed: false,
  work: Promise.resolve(),
})

export const deviceInfo = (track: MediaStreamTrack | null): DeviceInfo => ({
  deviceId: track?.getSettings().deviceId ?? '',
  label: track?.label ?? '',
})

/** The camera and the microphone of this client: opening, muting, replacing and releasing them. */
export class LocalMedia extends TypedEmitter<LocalMediaEvents> {
  /** The stream of the present tracks. Muted devices that were stopped are not in it. */
  readonly stream = new MediaStream()
  readonly #options: LocalMediaOptions
  readonly #slots: Record<MediaKind, Slot> = { audio: emptySlot('audio'), video: emptySlot('video') }
  #released = false

  constructor(options: LocalMediaOptions) {
    super()
    this.#options = options
  }

  track(kind: MediaKind): MediaStreamTrack | null {
    return this.#slots[kind].track
  }

  /** The track that belongs into the sender: null while it is detached. */
  sentTrack(kind: MediaKind): MediaStreamTrack | null {
    const { track, owned, flow } = this.#slots[kind]
    return flow !== 'sent' && !owned ? null : track
  }

  /** The track that others can see or hear at the moment. */
  liveTrack(kind: MediaKind): MediaStreamTrack | null {
    return this.#slots[kind].isMuted || this.#slots[kind].isHeldBack ? null : this.#slots[kind].track
  }

  isMuted(kind: MediaKind): boolean {
    return this.#slots[kind].isMuted
  }

  /** Constraints that the present (or next) track was opened with. */
  constraints(kind: MediaKind): MediaTrackConstraints {
    return { ...this.#slots[kind].constraints }
  }

  /**
   * Opens the devices asked for, with one prompt of the browser. A device that is stopped at the moment is
   * only remembered; one that is open stays as it is.
   */
  async open(wanted: Partial<Record<MediaKind, boolean | MediaTrackConstraints>>): Promise<void> {
    const request: MediaStreamConstraints = {}
    for (const kind of mediaKinds) {
      const given = wanted[kind]
      const slot = this.#slots[kind]
      if (given === undefined || given === false || slot.track) continue
      slot.constraints = completeConstraints(kind, given)
      slot.isUsed = true
      if (slot.flow !== 'stopped') request[kind] = slot.constraints
    }
    const kinds = mediaKinds.filter((kind) => request[kind])
    if (kinds.length === 0) return
    const stream = await openDevices(request, kinds.map((kind) => deviceNames[kind]).join(' and '))
    this.take(stream)
    for (const kind of kinds) this.emit('changed', kind)
  }

  /** Takes over tracks that were opened for us: they are stopped when they are not needed any more. */
  take(stream: MediaStream): void {
    for (const track of stream.getTracks()) {
      if (this.#released) track.stop()
      else this.#put(track.kind as MediaKind, track, true)
    }
  }

  /** Takes tracks of the application; they are never stopped by us. */
  adopt(stream: MediaStream, kinds: readonly MediaKind[]): void {
    for (const kind of kinds) {
      const track = stream.getTracks().find((candidate) => candidate.kind === kind)
      if (track) this.#put(kind, track, false)
    }
  }

  /** Replaces the tracks of the kinds that `stream` has; other kinds stay as they are. */
  async replaceStream(stream: MediaStream): Promise<void> {
    for (const kind of mediaKinds) {
      const track = stream.getTracks().find((candidate) => candidate.kind === kind)
      if (track) await this.#serial(kind, () => this.#swap(kind, track, false))
    }
  }

  /** Opens another device, or the same one in another way. A muted device is only remembered. */
  async update(kind: MediaKind, constraints: MediaTrackConstraints): Promise<void> {
    await this.#serial(kind, async () => {
      const slot = this.#slots[kind]
      const complete = completeConstraints(kind, withExactDevice(constraints))
      // Another size of the same camera is meant, unless a camera is chosen in some way.
      const chooses = ['deviceId', 'groupId', 'facingMode'].some((key) => key in constraints)
      if (!chooses && slot.owned && slot.constraints.deviceId) complete.deviceId = slot.constraints.deviceId
      if (slot.flow === 'stopped') {
        slot.constraints = complete
        slot.isUsed = true
        return
      }
      const track = await this.#openOther(kind, complete)
      slot.constraints = complete
      await this.#swap(kind, track, true)
    })
  }

  /** Follows the mute state of the own member. Quick changes are applied in order, the last one counts. */
  async setMuted(kind: MediaKind, muted: boolean): Promise<void> {
    this.#slots[kind].isMuted = muted
    await this.#serial(kind, () => this.#follow(kind))
  }

  /** Stops to send without a mute in the room, or sends again. */
  async holdBack(kind: MediaKind, isHeldBack: boolean): Promise<void> {
    this.#slots[kind].isHeldBack = isHeldBack
    await this.#serial(kind, () => this.#follow(kind))
  }

  /** Gives up a device: nothing of its kind is to be sent any more. */
  async close(kind: MediaKind): Promise<void> {
    await this.#serial(kind, async () => {
      const { work } = this.#slots[kind]
      await this.#options.send(kind, null)
      this.#drop(kind)
      this.#slots[kind] = { ...emptySlot(kind), work }
      this.emit('changed', kind)
    })
  }

  /** Asks the present device for other settings, as far as it can; failures are of no consequence. */
  async applyConstraints(kind: MediaKind, constraints: MediaTrackConstraints): Promise<void> {
    const track = this.#slots[kind].track
    if (!track || !this.#slots[kind].owned) return
    const { deviceId } = track.getSettings()
    await track.applyConstraints({ ...constraints, ...(deviceId ? { deviceId: { exact: deviceId } } : {}) })
  }

  /** Stops every device that we opened. */
  release(): void {
    this.#released = true
    for (const kind of mediaKinds) this.#drop(kind)
    this.removeAllListeners()
  }

  /** What shall become of the device, from the mute and from what the application wants. */
  #wantedFlow(kind: MediaKind, slot: Slot): Flow {
    if (!slot.isMuted && !slot.isHeldBack) return 'sent'
    const mayStop = slot.owned && (this.#options.canReopen ?? true)
    return mayStop && (slot.isHeldBack || this.#options.stopWhileMuted[kind]) ? 'stopped' : 'silent'
  }

  async #follow(kind: MediaKind): Promise<void> {
    const slot = this.#slots[kind]
    const flow = this.#wantedFlow(kind, slot)
    if (slot.flow === flow || this.#released) return
    slot.flow = flow
    if (flow === 'sent') await this.#resume(kind, slot)
    else {
      // What is stopped is not opened only to be silent.
      if (flow === 'silent' && slot.owned && slot.track) slot.track.enabled = false
      else await this.#options.send(kind, null)
      if (flow === 'stopped') this.#drop(kind)
      else if (!slot.track) slot.flow = 'stopped'
    }
    this.emit('changed', kind)
  }

  async #resume(kind: MediaKind, slot: Slot): Promise<void> {
    if (slot.track) {
      if (slot.owned) slot.track.enabled = true
      return this.#options.send(kind, slot.track)
    }
    if (!slot.isUsed) return
    try {
      const before = slot.last
      const track = await this.#reopen(kind, slot)
      if (this.#released) return track.stop()
      this.#put(kind, track, true)
      await this.#options.send(kind, track)
      const current = deviceInfo(track)
      if (before.deviceId && before.deviceId !== current.deviceId) {
        this.emit('updated', kind, { previous: before, current })
      }
    } catch (error) {
      this.emit('failed', kind, mediaError(error, deviceNames[kind]))
    }
  }

  /** Opens the device of before; if it is gone, any other. */
  async #reopen(kind: MediaKind, slot: Slot): Promise<MediaStreamTrack> {
    try {
      return await openDevice(kind, slot.constraints)
    } catch (error) {
      if (slot.constraints.deviceId === undefined) throw error
      this.#options.logger.warn(
        `${deviceNames[kind]} of before could not be opened, another one is used.`,
        error,
      )
      const { deviceId: _gone, ...others } = slot.constraints
      return openDevice(kind, others)
    }
  }

  /** Some systems cannot hold two cameras open: then the present one is stopped first. */
  async #openOther(kind: MediaKind, constraints: MediaTrackConstraints): Promise<MediaStreamTrack> {
    try {
      return await openDevice(kind, constraints)
    } catch (error) {
      const slot = this.#slots[kind]
      if (!slot.owned || !slot.track || (error as RoomSessionError).code !== 'device_in_use') throw error
      const previous = slot.constraints
      slot.track.stop()
      return openDevice(kind, constraints).catch(() => openDevice(kind, previous))
    }
  }

  async #swap(kind: MediaKind, track: MediaStreamTrack, owned: boolean): Promise<void> {
    const slot = this.#slots[kind]
    if (this.#released) {
      if (owned) track.stop()
      return
    }
    const previous = deviceInfo(slot.track)
    this.#drop(kind)
    this.#put(kind, track, owned)
    // Muted and stopped, and now there is a track of the application: it is only detached.
    slot.flow = this.#wantedFlow(kind, slot)
    if (slot.flow !== 'sent' && owned) track.enabled = false
    await this.#options.send(kind, this.sentTrack(kind))
    this.emit('updated', kind, { previous, current: deviceInfo(track) })
    this.emit('changed', kind)
  }

  #put(kind: MediaKind, track: MediaStreamTrack, owned: boolean): void {
    const slot = this.#slots[kind]
    slot.track = track
    slot.owned = owned
    slot.isUsed = true
    this.stream.addTrack(track)
    // Only fired by the system or the user, never by our own stop(): a mute is not a lost device.
    track.addEventListener('ended', () => {
      if (slot.track !== track) return
      this.#drop(kind)
      this.emit('disconnected', kind, deviceInfo(track))
      this.emit('changed', kind)
    })
    if (!owned) return
    slot.last = deviceInfo(track)
    const { deviceId } = track.getSettings()
    if (deviceId) slot.constraints = { ...slot.constraints, deviceId: { exact: deviceId } }
  }

  #drop(kind: MediaKind): void {
    const slot = this.#slots[kind]
    if (!slot.track) return
    this.stream.removeTrack(slot.track)
    if (slot.owned) slot.track.stop()
    slot.track = null
  }

  #serial(kind: MediaKind, job: () => Promise<void>): Promise<void> {
    const slot = this.#slots[kind]
    const turn = slot.work.then(job)
    slot.work = turn.catch(() => undefined)
    return turn
  }

  protected override onHandlerError(event: keyof LocalMediaEvents, error: unknown): void {
    this.#options.logger.error(`Handling "${event}" failed.`, error)
  }
}

async function openDevice(kind: MediaKind, constraints: MediaTrackConstraints): Promise<MediaStreamTrack> {
  const stream = await openDevices({ [kind]: constraints }, deviceNames[kind])
  const track = stream.getTracks()[0]
  if (!track) throw mediaError(new Error('The browser gave a stream without a track.'), deviceNames[kind])
  return track
}

async function openDevices(request: MediaStreamConstraints, names: string): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia) {
    const message = 'Cameras and microphones are available only to pages served over https or from localhost.'
    throw mediaError(Object.assign(new Error(message), { name: 'SecurityError' }), names)
  }
  try {
    return await navigator.mediaDevices.getUserMedia(request)
  } catch (error) {
    throw mediaError(error, names)
  }
}
