import { RoomSessionError } from '../errors.ts'
import { TypedEmitter } from '../TypedEmitter.ts'
import { checkPermissions, enumerateDevices, type DeviceName } from './devices.ts'

export type DeviceChange = { type: 'added' | 'removed' | 'updated'; payload: MediaDeviceInfo }
export type DeviceChanges = Record<DeviceChange['type'], DeviceChange[]>

export type DeviceWatcherEvents = {
  /** Fires at any change, before the specific events. */
  changed: [event: { changes: DeviceChanges; devices: MediaDeviceInfo[] }]
  added: [event: { changes: DeviceChange[]; devices: MediaDeviceInfo[] }]
  removed: [event: { changes: DeviceChange[]; devices: MediaDeviceInfo[] }]
  /** Fires when a device has got another name. */
  updated: [event: { changes: DeviceChange[]; devices: MediaDeviceInfo[] }]
}

const targets: Record<DeviceName, MediaDeviceKind> = {
  camera: 'videoinput',
  microphone: 'audioinput',
  speaker: 'audiooutput',
}

/** What has changed between two lists of devices. The entry `default` is only a second name of another. */
export function compareDevices(
  before: readonly MediaDeviceInfo[],
  after: readonly MediaDeviceInfo[],
): DeviceChanges {
  const byKey = (devices: readonly MediaDeviceInfo[]) =>
    new Map(
      devices.filter((one) => one.deviceId !== 'default').map((one) => [`${one.kind} ${one.deviceId}`, one]),
    )
  const old = byKey(before)
  const present = byKey(after)
  const changes: DeviceChanges = { added: [], removed: [], updated: [] }
  for (const [key, payload] of present) {
    const known = old.get(key)
    if (!known) changes.added.push({ type: 'added', payload })
    else if (known.label !== payload.label) changes.updated.push({ type: 'updated', payload })
  }
  for (const [key, payload] of old) if (!present.has(key)) changes.removed.push({ type: 'removed', payload })
  return changes
}

/** Tells when devices are plugged in, unplugged or renamed. `removeAllListeners()` stops it. */
export class DeviceWatcher extends TypedEmitter<DeviceWatcherEvents> {
  readonly #kinds: readonly MediaDeviceKind[]
  #devices: MediaDeviceInfo[]

  /** @internal Use {@link createDeviceWatcher}. */
  constructor(kinds: readonly MediaDeviceKind[], devices: MediaDeviceInfo[]) {
    super()
    this.#kinds = kinds
    this.#devices = this.#watched(devices)
    navigator.mediaDevices.addEventListener('devicechange', this.#onChange)
  }

  /** Removes all handlers of `event`; without one, stops the watcher. */
  override removeAllListeners(event?: keyof DeviceWatcherEvents): this {
    if (event === undefined) navigator.mediaDevices.removeEventListener('devicechange', this.#onChange)
    return super.removeAllListeners(event)
  }

  readonly #onChange = () => {
    enumerateDevices().then(
      (all) => this.#compare(this.#watched(all)),
      (error: unknown) => this.onHandlerError('changed', error),
    )
  }

  #watched(devices: readonly MediaDeviceInfo[]): MediaDeviceInfo[] {
    return devices.filter((device) => this.#kinds.includes(device.kind))
  }

  #compare(devices: MediaDeviceInfo[]): void {
    const changes = compareDevices(this.#devices, devices)
    this.#devices = devices
    const types = (['added', 'removed', 'updated'] as const).filter((type) => changes[type].length > 0)
    if (types.length === 0) return
    this.emit('changed', { changes, devices })
    for (const type of types) this.emit(type, { changes: changes[type], devices })
  }
}

/**
 * Watches devices of the given kinds (default: all). Kinds without permission are left out; rejects with
 * `media_permission_denied` if none is left.
 */
export async function createDeviceWatcher(options: { targets?: DeviceName[] } = {}): Promise<DeviceWatcher> {
  const wanted = options.targets ?? (Object.keys(targets) as DeviceName[])
  const names = wanted.filter((name) => Object.hasOwn(targets, name))
  if (names.length === 0) {
    const message = `At least one target is needed to watch devices: ${Object.keys(targets).join(', ')}.`
    throw new RoomSessionError('invalid_argument', message)
  }
  const permitted = await Promise.all(names.map(async (name) => (await checkPermissions(name)) !== false))
  const kinds = names.filter((_, index) => permitted[index]).map((name) => targets[name])
  if (kinds.length === 0) {
    const message = 'Ask the user for permission before watching devices, e.g. with requestPermissions().'
    throw new RoomSessionError('media_permission_denied', message)
  }
  return new DeviceWatcher(kinds, await enumerateDevices())
}

export const createCameraDeviceWatcher = () => createDeviceWatcher({ targets: ['camera'] })
export const createMicrophoneDeviceWatcher = () => createDeviceWatcher({ targets: ['microphone'] })
export const createSpeakerDeviceWatcher = () => createDeviceWatcher({ targets: ['speaker'] })
