import {
  checkMediaOption,
  checkOptionalBoolean,
  checkRecord,
  checkText,
  mustBe,
} from './features/validate.ts'
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
  /** Whether each visible member gets an empty box over its tile, see `getMemberOverlay()`. Default true. */
  applyMemberOverlay?: boolean
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

/** Throws `invalid_argument` for options that cannot work, naming what is allowed. */
export function checkOptions(options: RoomSessionOptions): void {
  const where = 'new RoomSession()'
  checkRecord(where, options)
  if (options.token?.trim?.() === '') throw mustBe(where, 'token', 'a room token', options.token)
  checkText(where, 'token', options.token)
  for (const name of booleanOptions) checkOptionalBoolean(where, name, options[name])
  for (const name of ['audio', 'video'] as const) checkMediaOption(where, name, options[name])
  const { rootElement, localStream, iceServers, logLevel } = options
  if (rootElement !== undefined && rootElement !== null && !(rootElement instanceof HTMLElement)) {
    throw mustBe(where, 'rootElement', 'an HTMLElement', rootElement)
  }
  if (localStream !== undefined && !(localStream instanceof MediaStream)) {
    throw mustBe(where, 'localStream', 'a MediaStream', localStream)
  }
  if (iceServers !== undefined && !Array.isArray(iceServers)) {
    throw mustBe(where, 'iceServers', 'an array of RTCIceServer', iceServers)
  }
  if (logLevel !== undefined && !logLevels.includes(logLevel)) {
    throw mustBe(where, 'logLevel', `one of ${logLevels.join(', ')}`, logLevel)
  }
}

const booleanOptions = [
  'applyLocalVideoOverlay',
  'applyMemberOverlay',
  'mirrorLocalVideoOverlay',
  'stopCameraWhileMuted',
  'stopMicrophoneWhileMuted',
  'reattach',
] as const

/** Throws `invalid_argument` for parameters of `join()` that are not allowed. */
export function checkJoinParams(params: JoinParams): void {
  const where = 'join()'
  checkRecord(where, params)
  for (const name of ['receiveAudio', 'receiveVideo', 'sendAudio', 'sendVideo'] as const) {
    checkOptionalBoolean(where, name, params[name])
  }
  for (const name of ['audio', 'video'] as const) checkMediaOption(where, name, params[name])
}
