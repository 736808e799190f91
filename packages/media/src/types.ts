import type { OutputEvent } from './outputTypes.ts'
import type { PlayerEvent } from './playerTypes.ts'

/**
 * What a media process is told about a room. It knows legs, sources, listeners, rectangles and gains; it
 * knows nothing of members, permissions or layouts.
 */

/** One leg is one call of one browser: up to one audio and one video section. Unique in its room. */
export type LegId = string
/** What feeds a tile and the mix. A leg feeds at most one source; a source outlives a replaced leg. */
export type SourceId = string

export type RoomMediaOptions = {
  /** Canvas in pixels, e.g. 1280x720. */
  width: number
  height: number
  fps: number
  /** Target of the one composite encode. */
  videoBitrateBps: number
  /** Whether previews of the canvas are made. Default: false. */
  previews?: boolean
}

/** What the server lets this leg do, whatever the offer asks for. */
export type LegOptions = {
  /** The source the leg feeds; null for a leg that only receives. */
  sourceId: SourceId | null
  audio: { send: boolean; receive: boolean }
  video: { send: boolean; receive: boolean }
}
// `send` and `receive` are seen from the browser: `send` = the server takes media from it.

export type SceneLayer = {
  sourceId: SourceId
  /** Percent of the canvas, origin top left. */
  x: number
  y: number
  width: number
  height: number
  /** Higher is drawn later. */
  zIndex: number
  /** `cover` fills the rectangle and crops; `contain` keeps the whole picture over black. */
  fit: 'cover' | 'contain'
  /** Text of the name banner; null for none. */
  banner: string | null
  /** Draw the mute image in place of the picture. */
  videoMuted: boolean
}

/** Everything that is on the canvas. A new scene replaces the old one whole, between two frames. */
export type Scene = { layers: SceneLayer[] }

/** A sound that tells everybody of somebody's coming or going. */
export type RoomTone = 'entry' | 'exit'

export type SourceSettings = {
  audioMuted: boolean
  videoMuted: boolean
  /** dB, -50 (silence) to 50. */
  inputVolumeDb: number
  /** 0 (never talking) to 100. */
  inputSensitivity: number
  /**
   * The source whose listener does not hear this one either: the sound of a shared screen or a second
   * microphone comes from where its owner sits. null: only the source's own listener is spared.
   */
  parentSourceId: SourceId | null
}

export type ListenerSettings = {
  /** dB, -50 (silence) to 50. */
  outputVolumeDb: number
  deaf: boolean
}

export const defaultSourceSettings: SourceSettings = {
  audioMuted: false,
  videoMuted: false,
  inputVolumeDb: 0,
  inputSensitivity: 30,
  parentSourceId: null,
}
export const defaultListenerSettings: ListenerSettings = { outputVolumeDb: 0, deaf: false }

/** What a media process tells without being asked. */
export type RoomMediaEvent =
  | { type: 'talking'; sourceId: SourceId; talking: boolean }
  /** All sections of the leg are connected (ICE and DTLS). */
  | { type: 'leg.connected'; legId: LegId }
  /** The browser closed the leg, or its DTLS or ICE ended; a leg that was replaced or closed by us is silent. */
  | { type: 'leg.closed'; legId: LegId }
  /** No packet at all has come from the leg for `legIdleMs`, or packets come again. */
  | { type: 'leg.idle'; legId: LegId; idle: boolean }
  /** A new preview of the canvas: an animated WebP, at once and then at least twice a minute. */
  | { type: 'preview'; webp: Uint8Array }
  | OutputEvent
  | PlayerEvent

/** A leg without a packet (RTP or RTCP) for this long is idle. Receivers report about once a second. */
export const legIdleMs = 3000

export type MediaProcessConfig = {
  /** UDP port of this process; all its legs share it. 0 is not allowed. */
  rtcPort: number
  /** Address to bind to; undefined: all interfaces. */
  rtcHost: string | undefined
  /** Address put into ICE candidates in place of the bound ones. */
  announcedIp: string | undefined
  /** Port put into ICE candidates in place of `rtcPort`, with `announcedIp`. Default: `rtcPort`. */
  announcedPort?: number | undefined
  /** Second UDP port, for browsers that come through a TURN relay, see `RelayPort`. Default: none. */
  relayPort?: number | undefined
  logLevel: string
  /**
   * Where URLs of users may lead although the address is private, loopback or link-local: host names, addresses,
   * CIDR ranges, each with or without `:port`.
   */
  allowedHosts: readonly string[]
}

export type RoomMediaStats = {
  legs: number
  sources: number
  /** Frames composed, encoded, and the keyframes among them, since the room began. */
  framesComposed: number
  framesEncoded: number
  keyframesEncoded: number
  /** Decoded frames of all sources since the room began. */
  framesDecoded: number
  /** Every encode of the canvas there was. */
  rungs: RungStats[]
  /** CPU time of the room's picture since it began. Sound and packets share a thread with other rooms. */
  videoCpuMs: number
  /** Mean times for composing a picture, for encoding it, and for decoding one of a source. */
  composeMsMean: number
  encodeMsMean: number
  decodeMsMean: number
  /** Beats of the frame rate without a picture, because the machine was too slow. */
  ticksSkipped: number
  /** Share of packets lost, 0 to 1, over all legs and since their last reports: to browsers (sound), from them. */
  lossToBrowsers: number
  lossFromBrowsers: number
}

/** One size of the picture in one codec. Smaller ones are for lines that do not take the canvas as it is. */
export type RungStats = {
  codec: 'vp8' | 'h264'
  width: number
  height: number
  /** It is encoded now. */
  isWanted: boolean
  /** Connected legs that get it. */
  receivers: number
  framesEncoded: number
  keyframesEncoded: number
  bytesEncoded: number
}
