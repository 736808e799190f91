import type { MediaFormat, MediaUnit } from '../../mediaUnits.ts'
import { EcmaArray, encodeAmf0 } from './amf0.ts'

/** Bodies of FLV tags (Adobe FLV 10.1, annex E.4), which RTMP carries as messages. */

const frameType = { key: 0x10, inter: 0x20 } as const
const avc = 7
/** AAC, with 44 kHz, 16 bit and stereo as the format wants it said whatever the sound is. */
const aac = 0xaf
const packetType = { config: 0, media: 1 } as const

export function videoConfigTag({ video }: MediaFormat): Buffer {
  return Buffer.concat([Buffer.of(frameType.key | avc, packetType.config, 0, 0, 0), video.decoderConfig])
}

export function audioConfigTag({ audio }: MediaFormat): Buffer {
  // FFmpeg's configuration is followed by an extension that says that there is none.
  return Buffer.concat([Buffer.of(aac, packetType.config), audio.decoderConfig.subarray(0, 2)])
}

export function mediaTag(unit: MediaUnit): Buffer {
  if (unit.kind === 'audio') return Buffer.concat([Buffer.of(aac, packetType.media), unit.data])
  const type = unit.isKey ? frameType.key : frameType.inter
  // No B-frames: what is shown is never later than what is decoded.
  return Buffer.concat([Buffer.of(type | avc, packetType.media, 0, 0, 0), unit.data])
}

/** `onMetaData`, with the instruction to keep it for those who come later. */
export function metadataTag({ video, audio }: MediaFormat): Buffer {
  return encodeAmf0([
    '@setDataFrame',
    'onMetaData',
    new EcmaArray({
      width: video.width,
      height: video.height,
      framerate: video.fps,
      videocodecid: avc,
      videodatarate: video.bitrateBps / 1000,
      audiocodecid: 10,
      audiosamplerate: audio.sampleRateHz,
      audiosamplesize: 16,
      audiodatarate: audio.bitrateBps / 1000,
      stereo: audio.channels === 2,
      encoder: 'Roomful',
    }),
  ])
}
