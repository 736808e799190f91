import { RoomSessionError } from './errors.ts'
import { logLevels, type LogLevel } from './logger.ts'

export type RoomSessionOptions = {
  /** Room token, made by the server's REST API. */
  token: string
  /** Element in which the picture of the room is shown. Without it, use `remoteStream`. */
  rootElement?: HTMLElement
  /** Whether the own camera is laid over the own tile, where it shows no delay. Default true. */
  applyLocalVideoOverlay?: boolean
  /** Whether the own picture in that overlay is mirrored. Default false. */
  mirrorLocalVideoOverlay?: boolean
  /** ICE servers in place of those that the server names. */
  iceServers?: RTCIceServer[]
  /** Sent in place of camera and microphone. Its tracks are never stopped by the SDK. */
  localStream?: MediaStream
  /** What is written to the console. Default "warn". */
  logLevel?: LogLevel
  /** Speaker to play the sound on. Default: the system's. */
  speakerId?: string
  /** Whether the camera is stopped (its light goes off) while muted. Default true. */
  stopCameraWhileMuted?: boolean
  /** Whether the microphone is stopped while muted. Default true. */
  stopMicrophoneWhileMuted?: boolean
  /** @deprecated Pass it to `join()`. */
  audio?: boolean | MediaTrackConstraints
  /** @deprecated Pass it to `join()`. */
  video?: boolean | MediaTrackConstraints
  /** Server, if the token does not name it. Default: where the script or the page came from. */
  host?: string
  /** Whether a reloaded page takes up its call again. Default true. */
  reattach?: boolean
  /** Gives a new token two minutes before the present one expires. */
  onRefreshToken?: () => Promise<string> | string
}

export type JoinParams = {
  /** Microphone: whether, or with which constraints. Default true. `false` also stops receiving sound. */
  audio?: boolean | MediaTrackConstraints
  /** Camera: whether, or with which constraints. Default true. `false` also stops receiving the picture. */
  video?: boolean | MediaTrackConstraints
  /** Whether to receive sound. Default: as `audio`. */
  receiveAudio?: boolean
  /** Whether to receive the picture. Default: as `video`. */
  receiveVideo?: boolean
  /** Whether to send sound, if the token allows it. Default: as `audio`. */
  sendAudio?: boolean
  /** Whether to send the camera, if the token allows it. Default: as `video`. */
  sendVideo?: boolean
}

const invalid = (message: string) => new RoomSessionError('invalid_argument', message)

const describe = (value: unknown) =>
  value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value

function checkBooleans(where: string, values: object, names: readonly string[]): void {
  for (const name of names) {
    const value = (values as Record<string, unknown>)[name]
    if (value === undefined || typeof value === 'boolean') continue
    throw invalid(`${where}: "${name}" must be true or false, not ${describe(value)}.`)
  }
}

function checkConstraints(where: string, values: { audio?: unknown; video?: unknown }): void {
  for (const name of ['audio', 'video'] as const) {
    const value = values[name]
    if (value === undefined || typeof value === 'boolean' || (typeof value === 'object' && value !== null))
      continue
    throw invalid(`${where}: "${name}" must be true, false or MediaTrackConstraints, not ${describe(value)}.`)
  }
}

/** Throws `invalid_argument` for options that cannot work, naming what is allowed. */
export function checkOptions(options: RoomSessionOptions): void {
  const where = 'new RoomSession()'
  if (typeof options !== 'object' || options === null) {
    throw invalid(`${where} needs an object with at least a "token", not ${describe(options)}.`)
  }
  if (typeof options.token !== 'string' || options.token.trim() === '') {
    throw invalid(
      `${where}: "token" must be a room token, a non-empty string, not ${describe(options.token)}.`,
    )
  }
  const booleans = ['applyLocalVideoOverlay', 'mirrorLocalVideoOverlay', 'stopCameraWhileMuted']
  checkBooleans(where, options, [...booleans, 'stopMicrophoneWhileMuted', 'reattach'])
  checkConstraints(where, options)
  if (
    options.rootElement !== undefined &&
    options.rootElement !== null &&
    !(options.rootElement instanceof HTMLElement)
  ) {
    throw invalid(`${where}: "rootElement" must be an HTMLElement, not ${describe(options.rootElement)}.`)
  }
  if (options.localStream !== undefined && !(options.localStream instanceof MediaStream)) {
    throw invalid(`${where}: "localStream" must be a MediaStream, not ${describe(options.localStream)}.`)
  }
  if (options.iceServers !== undefined && !Array.isArray(options.iceServers)) {
    throw invalid(
      `${where}: "iceServers" must be an array of RTCIceServer, not ${describe(options.iceServers)}.`,
    )
  }
  if (options.logLevel !== undefined && !logLevels.includes(options.logLevel)) {
    throw invalid(
      `${where}: "logLevel" must be one of ${logLevels.join(', ')}, not "${String(options.logLevel)}".`,
    )
  }
}

/** Throws `invalid_argument` for parameters of `join()` that are not allowed. */
export function checkJoinParams(params: JoinParams): void {
  if (typeof params !== 'object' || params === null) {
    throw invalid(`join() takes an object, not ${describe(params)}.`)
  }
  checkBooleans('join()', params, ['receiveAudio', 'receiveVideo', 'sendAudio', 'sendVideo'])
  checkConstraints('join()', params)
}
