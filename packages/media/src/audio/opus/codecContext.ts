import { AV_CHANNEL_LAYOUT_MONO, AV_OPT_SEARCH_CHILDREN, AV_OPT_TYPE_STRING } from 'node-av/constants'
import { CodecContext } from 'node-av/lib'
import type { Codec } from 'node-av/lib'
import { MediaError } from '../../MediaError.ts'
import { sampleRateHz } from '../constants.ts'

let openContexts = 0

/** Opus encoders and decoders open in this process: a test that closes everything sees 0. */
export function openCodecCount(): number {
  return openContexts
}

/** Allocates and opens a mono 48 kHz context. Whoever gets it hands it to `freeCodecContext` once. */
export function openCodecContext(
  codec: Codec | null,
  options: Readonly<Record<string, string>>,
  prepare?: (context: CodecContext) => void,
): CodecContext {
  if (!codec)
    throw new MediaError('internal', 'This build of node-av has no libopus; install one that has it.')
  const context = new CodecContext()
  context.allocContext3(codec)
  context.sampleRate = sampleRateHz
  context.channelLayout = AV_CHANNEL_LAYOUT_MONO
  context.threadCount = 1
  prepare?.(context)
  // A browser's bad packet is counted in our statistics; FFmpeg would print a line to stderr for each.
  // The offset lifts its lines above every level that is shown; libavutil looks at the low 8 bits only.
  context.setOption('log_level_offset', '64', AV_OPT_TYPE_STRING, AV_OPT_SEARCH_CHILDREN)
  for (const [name, value] of Object.entries(options)) {
    const result = context.setOption(name, value, AV_OPT_TYPE_STRING, AV_OPT_SEARCH_CHILDREN)
    if (result < 0) {
      context.freeContext()
      throw new MediaError(
        'internal',
        `libopus refused the option ${name}=${value} (FFmpeg error ${result}).`,
      )
    }
  }
  // The dictionary argument of open2Sync corrupts the heap in node-av 6.1; options are set above instead.
  const result = context.open2Sync(codec, null)
  if (result < 0) {
    context.freeContext()
    throw new MediaError('internal', `libopus could not be opened (FFmpeg error ${result}).`)
  }
  openContexts++
  return context
}

export function freeCodecContext(context: CodecContext): void {
  context.freeContext()
  openContexts--
}
