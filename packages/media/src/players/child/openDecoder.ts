import { Codec, CodecContext } from 'node-av/lib'

import { MediaError } from '../../MediaError.ts'
import { openCodec, setCodecOptions } from '../../video/codecs.ts'
import { allowedDecoders, playerLimits } from '../limits.ts'
import type { InputStream } from './MediaInput.ts'

/** One thread, so that a file takes one core at most. */
export function openDecoder({ stream }: InputStream): CodecContext {
  const codec = Codec.findDecoder(stream.codecpar.codecId)
  if (codec === null || !allowedDecoders.includes(codec.name ?? '')) {
    const kinds = 'H.264, H.265, VP8, VP9, AV1, AAC, MP3, Opus, Vorbis, FLAC'
    throw new MediaError(
      'player_failed',
      `It is coded in a way that is not played here (${codec?.name ?? 'unknown'}), only: ${kinds}`,
    )
  }
  const context = new CodecContext()
  context.allocContext3(codec)
  if (context.parametersToContext(stream.codecpar) < 0) {
    throw new MediaError('player_failed', 'Its codec is described in a way that cannot be used')
  }
  context.threadCount = 1
  context.pktTimebase = stream.timeBase
  setCodecOptions(context, { max_pixels: String(playerLimits.maxPixels) })
  openCodec(context, codec)
  return context
}
