import { mediaError, RoomSessionError } from '../errors.ts'

export type DeviceName = 'camera' | 'microphone' | 'speaker'

const kindOf: Record<DeviceName, MediaDeviceKind> = {
  camera: 'videoinput',
  microphone: 'audioinput',
  speaker: 'audiooutput',
}

/** What must be opened so that the browser shows the names of the devices of a kind. */
const permissionOf: Record<DeviceName, 'audio' | 'video'> = {
  camera: 'video',
  microphone: 'audio',
  speaker: 'audio',
}

/** The browser's media devices; throws `media_not_supported` where it has none. */
function mediaDevices(): MediaDevices {
  if (supportsMediaDevices()) return navigator.mediaDevices
  const message = 'Cameras and microphones are available only to pages served over https or from localhost.'
  throw new RoomSessionError('media_not_supported', message)
}

function checkName(name: unknown): DeviceName | undefined {
  if (name === undefined || (typeof name === 'string' && Object.hasOwn(kindOf, name)))
    return name as DeviceName
  const message = `The kind of device must be one of ${Object.keys(kindOf).join(', ')}, not "${String(name)}".`
  throw new RoomSessionError('invalid_argument', message)
}

/** Whether the browser has `navigator.mediaDevices`, which it hides from pages without https. */
export function supportsMediaDevices(): boolean {
  return typeof navigator !== 'undefined' && navigator.mediaDevices !== undefined
}

/** Whether cameras and microphones can be opened. */
export function supportsGetUserMedia(): boolean {
  return supportsMediaDevices() && typeof navigator.mediaDevices.getUserMedia === 'function'
}

/** Whether the screen can be captured. */
export function supportsGetDisplayMedia(): boolean {
  return supportsMediaDevices() && typeof navigator.mediaDevices.getDisplayMedia === 'function'
}

/** Whether the speaker can be chosen. */
export function supportsMediaOutput(): boolean {
  return typeof HTMLMediaElement !== 'undefined' && 'sinkId' in HTMLMediaElement.prototype
}

/** The constraints that the browser knows. */
export function getSupportedConstraints(): MediaTrackSupportedConstraints {
  return mediaDevices().getSupportedConstraints()
}

/** Opens camera and microphone, or what `constraints` ask for. */
export async function getUserMedia(
  constraints: MediaStreamConstraints = { audio: true, video: true },
): Promise<MediaStream> {
  try {
    return await mediaDevices().getUserMedia(constraints)
  } catch (error) {
    throw mediaError(error, 'the devices')
  }
}

/** Lets the user choose a screen, window or tab, and captures it. */
export async function getDisplayMedia(constraints?: DisplayMediaStreamOptions): Promise<MediaStream> {
  try {
    return await mediaDevices().getDisplayMedia(constraints)
  } catch (error) {
    throw mediaError(error, 'the screen')
  }
}

/** All devices, without asking for permission: names may be empty. */
export function enumerateDevices(): Promise<MediaDeviceInfo[]> {
  return mediaDevices().enumerateDevices()
}

/** Devices of one kind of the browser's, e.g. `videoinput`, without asking for permission. */
export async function enumerateDevicesByKind(kind?: MediaDeviceKind): Promise<MediaDeviceInfo[]> {
  const devices = await enumerateDevices()
  return kind ? devices.filter((device) => device.kind === kind) : devices
}

/**
 * Whether devices of a kind (default: camera and microphone) may be used: true or false, null if there is no
 * such device.
 */
export async function checkPermissions(name?: DeviceName): Promise<boolean | null> {
  const checked = checkName(name)
  const kind = checked && kindOf[checked]
  const devices = (await enumerateDevices()).filter((device) => !kind || device.kind === kind)
  if (devices.length === 0) return null
  // Names are shown to pages with permission only; unlike the Permissions API this works everywhere.
  return devices.every((device) => device.label !== '')
}

export const checkCameraPermissions = () => checkPermissions('camera')
export const checkMicrophonePermissions = () => checkPermissions('microphone')
export const checkSpeakerPermissions = () => checkPermissions('speaker')

/** Asks the user for permission by opening the devices for a moment. */
export async function requestPermissions(constraints: MediaStreamConstraints): Promise<void> {
  stopStream(await getUserMedia(constraints))
}

/**
 * Devices of a kind (default: all) with their names; asks for permission if needed. Without `fullList`, one
 * entry for each piece of hardware.
 */
export async function getDevices(name?: DeviceName, fullList = false): Promise<MediaDeviceInfo[]> {
  const checked = checkName(name)
  const opened = (await checkPermissions(checked)) === false ? await askFor(checked) : undefined
  // Some browsers show the names only while a device is open.
  const devices = await enumerateDevicesByKind(checked && kindOf[checked]).finally(() => stopStream(opened))
  if (fullList) return devices
  const seen = new Set<string>()
  return devices.filter((device) => {
    const key = `${device.kind} ${device.groupId}`
    if (device.deviceId === '' || (device.groupId !== '' && seen.has(key))) return false
    seen.add(key)
    return true
  })
}

async function askFor(name: DeviceName | undefined): Promise<MediaStream> {
  if (name) return getUserMedia({ [permissionOf[name]]: true })
  const devices = await enumerateDevices()
  const has = (kind: MediaDeviceKind) => devices.some((device) => device.kind === kind)
  return getUserMedia({ audio: has('audioinput'), video: has('videoinput') })
}

export const getCameraDevices = () => getDevices('camera')
export const getMicrophoneDevices = () => getDevices('microphone')
export const getSpeakerDevices = () => getDevices('speaker')

/** @deprecated Use {@link getDevices}. */
export const getDevicesWithPermissions = getDevices
/** @deprecated Use {@link getCameraDevices}. */
export const getCameraDevicesWithPermissions = getCameraDevices
/** @deprecated Use {@link getMicrophoneDevices}. */
export const getMicrophoneDevicesWithPermissions = getMicrophoneDevices
/** @deprecated Use {@link getSpeakerDevices}. */
export const getSpeakerDevicesWithPermissions = getSpeakerDevices

/** Plays a media element on the given speaker. */
export async function setMediaElementSinkId(
  element: HTMLMediaElement | null,
  deviceId: string,
): Promise<undefined> {
  if (!element || !supportsMediaOutput()) {
    throw new RoomSessionError(
      'media_not_supported',
      'There is no element, or this browser cannot choose the speaker.',
    )
  }
  try {
    await element.setSinkId(deviceId)
  } catch (error) {
    throw mediaError(error, `the speaker "${deviceId}"`)
  }
  return undefined
}

/** Stops all tracks of a stream. */
export function stopStream(stream?: MediaStream): void {
  for (const track of stream?.getTracks() ?? []) stopTrack(track)
}

/** Stops a track and fires `ended` on it, which the browser does not do by itself. */
export function stopTrack(track?: MediaStreamTrack): void {
  if (!track || track.readyState === 'ended') return
  track.stop()
  track.dispatchEvent(new Event('ended'))
}
