import type { OutputPicture } from '../outputs/OutputVideoEncoder.ts'
import type { RawPicture } from '../players/mediaPipe.ts'
import type { RoomMediaOptions, Scene, SourceId } from '../types.ts'
import type { VideoCodec } from './codecs.ts'
import type { EncodeKey } from './ladder.ts'

/** An encoded picture of a room. */
export type EncodedFrame = EncodeKey & {
  /** VP8 frame, or H.264 access unit in Annex B with SPS and PPS in front of every keyframe. */
  data: Uint8Array
  isKey: boolean
  /** When the canvas was composed: unix milliseconds with fraction. */
  composedAtMs: number
}

/** Which encodes somebody takes. Without any, nothing is composed. */
export type VideoDemand = readonly EncodeKey[]

/** One encode of the canvas; counts since the room began. */
export type EncodeStats = EncodeKey & {
  width: number
  height: number
  /** Somebody takes it now. */
  isWanted: boolean
  framesEncoded: number
  keyframesEncoded: number
  bytesEncoded: number
}

/** Totals since the room began; means over all frames so far. */
export type VideoStats = {
  framesComposed: number
  framesEncoded: number
  keyframesEncoded: number
  encodes: EncodeStats[]
  framesDecoded: number
  /** Frames that could not be decoded. */
  decodeErrors: number
  /** Frames dropped before decoding: the worker lagged, or the source sent too much. */
  framesDropped: number
  /** Beats of the frame rate without a picture, because the machine was too slow. */
  ticksSkipped: number
  /** Scaling and drawing, per composed picture. */
  composeMsMean: number
  /** Per encoded picture. */
  encodeMsMean: number
  /** Per decoded frame. */
  decodeMsMean: number
  /** CPU time of the worker thread since the room began. */
  cpuMs: number
}

export type VideoWorkerData = {
  options: RoomMediaOptions
  /** One Int32: number of frames the worker has taken, modulo 2^32. */
  taken: SharedArrayBuffer
}

/** Frames that came close together: their bytes one after the other in one buffer. */
export type FrameBatch = {
  type: 'frames'
  bytes: ArrayBuffer
  frames: { sourceId: SourceId; codec: VideoCodec; isKey: boolean; length: number }[]
}

export type ToVideoWorker =
  | FrameBatch
  /** A picture of a source that comes decoded; answered by `pictureTaken`. */
  | { type: 'picture'; id: number; sourceId: SourceId; picture: RawPicture }
  | { type: 'scene'; scene: Scene }
  | { type: 'keyframe'; key: EncodeKey }
  | { type: 'demand'; demand: VideoDemand }
  /** Whether recordings or streams take the picture. */
  | { type: 'outputDemand'; isWanted: boolean }
  | { type: 'outputKeyframe' }
  | { type: 'resetSource'; sourceId: SourceId }
  | { type: 'removeSource'; sourceId: SourceId }
  | { type: 'stats'; id: number }
  | { type: 'close' }

export type FromVideoWorker =
  | { type: 'ready' }
  | { type: 'encoded'; frame: EncodedFrame }
  | { type: 'pictureTaken'; id: number; bytes: ArrayBuffer }
  | { type: 'outputPicture'; picture: OutputPicture }
  | { type: 'preview'; webp: Uint8Array }
  | { type: 'keyframeNeeded'; sourceId: SourceId }
  | { type: 'stats'; id: number; stats: Omit<VideoStats, 'framesDropped'> }
  | { type: 'log'; level: 'warn'; message: string; fields: Record<string, unknown> }
