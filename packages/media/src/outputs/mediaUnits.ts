/** How the picture and the sound of a room's outputs are coded: the same for all of them. */
export type MediaFormat = {
  video: {
    width: number
    height: number
    fps: number
    /** The most it takes over a few seconds. */
    bitrateBps: number
    /** AVCDecoderConfigurationRecord (ISO 14496-15 5.3.3.1): SPS and PPS. */
    decoderConfig: Uint8Array
  }
  audio: {
    sampleRateHz: number
    channels: number
    bitrateBps: number
    /** AudioSpecificConfig (ISO 14496-3 1.6.2.1). */
    decoderConfig: Uint8Array
  }
}

/** One coded picture of the room. */
export type VideoUnit = {
  kind: 'video'
  /** H.264 NAL units, each behind its length in four bytes (ISO 14496-15 5.3.4.2). */
  data: Uint8Array
  isKey: boolean
  /** The moment it shows: unix milliseconds with fraction, on the beats of the frame rate. */
  atMs: number
  durationMs: number
}

/** 1024 samples of the room's whole mix. */
export type AudioUnit = {
  kind: 'audio'
  /** A raw AAC frame. */
  data: Uint8Array
  isKey: true
  /** When its first sample sounds, on the clock of the pictures. */
  atMs: number
  durationMs: number
}

export type MediaUnit = VideoUnit | AudioUnit

/** A unit with its place in an output: milliseconds since that began, without pauses. */
export type PlacedUnit = { unit: MediaUnit; timeMs: number }
