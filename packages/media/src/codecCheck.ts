import type { FFDecoderCodec, FFEncoderCodec } from 'node-av/constants'
import { Codec } from 'node-av/lib'
import { cleanup, getLibraryVersion } from 'node-datachannel'

/** Prints what of the codecs this machine lacks. Run by `roomful doctor`: a library that does not load ends it. */
const needed = {
  decoder: ['vp8', 'h264', 'libopus', 'aac', 'mp3'],
  encoder: ['libvpx', 'libx264', 'libopus', 'aac'],
}

const missing = [
  ...needed.decoder
    .filter((name) => Codec.findDecoderByName(name as FFDecoderCodec) === null)
    .map((name) => `${name} decoder`),
  ...needed.encoder
    .filter((name) => Codec.findEncoderByName(name as FFEncoderCodec) === null)
    .map((name) => `${name} encoder`),
]
process.stdout.write(`${JSON.stringify({ missing, webrtc: getLibraryVersion() })}\n`)
cleanup()
