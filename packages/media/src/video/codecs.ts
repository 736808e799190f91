import { AV_LOG_QUIET, AV_OPT_SEARCH_CHILDREN, AV_OPT_TYPE_STRING } from 'node-av/constants'
import { type Codec, type CodecContext, FFmpegError, Log } from 'node-av/lib'

/** What browsers and the compositor exchange. */
export type VideoCodec = 'vp8' | 'h264'

/** Largest picture that is decoded: 1080p with H.264's rows of macroblocks, either way up. */
export const maxSourcePixels = 1920 * 1088

/** FFmpeg writes a line to stderr for every broken frame somebody sends; errors come as results anyway. */
export function silenceCodecs(): void {
  Log.setLevel(AV_LOG_QUIET)
}

/** Sets options of a codec before it is opened. Throws if FFmpeg does not know one: a mistake of ours. */
export function setCodecOptions(context: CodecContext, options: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(options)) {
    // The short form of setOption() guesses the type and does not reach options of the codec itself.
    const result = context.setOption(name, value, AV_OPT_TYPE_STRING, AV_OPT_SEARCH_CHILDREN)
    if (result < 0) throw codecError(`Codec option ${name}=${value} was refused`, result)
  }
}

/** Opens without an options dictionary: node-av crashes later when open2Sync() was given one. */
export function openCodec(context: CodecContext, codec: Codec): void {
  const result = context.open2Sync(codec, null)
  if (result < 0) throw codecError(`The codec ${codec.name ?? ''} cannot be opened`, result)
}

export function codecError(what: string, result: number): Error {
  return new Error(`${what} (FFmpeg: ${new FFmpegError(result).message}).`)
}
