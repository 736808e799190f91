import { Codec, CodecContext, Frame, Log, Packet, Rational } from 'node-av'
import {
  AV_LOG_ERROR,
  AV_OPT_SEARCH_CHILDREN,
  AV_OPT_TYPE_STRING,
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
} from 'node-av/constants'
import { toYuv, type Rgb } from './color.ts'

export type VideoClipOptions = {
  color: Rgb
  /** Pixels; even. */
  width: number
  height: number
  fps: number
  bitrateBps: number
  /** Frames before the clip begins anew. */
  frames: number
}

/**
 * A moving picture in one colour, coded once as VP8 and then sent in a loop, so that a simulated member
 * costs its packets alone. The first frame is a keyframe: who asks for a keyframe gets the clip from there.
 */
export class VideoClip {
  readonly frames: readonly Uint8Array[]
  readonly fps: number

  /** `frames`: coded as VP8; the first is a keyframe. */
  constructor(frames: readonly Uint8Array[], fps: number) {
    this.frames = frames
    this.fps = fps
  }

  static encode(options: VideoClipOptions): VideoClip {
    // The codec greets on stderr with its version.
    Log.setLevel(AV_LOG_ERROR)
    const encoder = openEncoder(options)
    const frame = new Frame()
    frame.alloc()
    frame.width = options.width
    frame.height = options.height
    frame.format = AV_PIX_FMT_YUV420P
    check(frame.getBuffer(), 'allocate a picture')
    const packet = new Packet()
    packet.alloc()
    const coded: Uint8Array[] = []
    for (let index = 0; index < options.frames; index++) {
      paint(frame, options, index)
      frame.pts = BigInt(index)
      frame.pictType = index === 0 ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE
      check(encoder.sendFrameSync(frame), 'encode a picture')
      while (encoder.receivePacketSync(packet) >= 0) {
        coded.push(Uint8Array.from(packet.data ?? []))
        packet.unref()
      }
    }
    packet.free()
    frame.free()
    encoder.freeContext()
    return new VideoClip(coded, options.fps)
  }
}

function openEncoder(options: VideoClipOptions): CodecContext {
  const codec = Codec.findEncoderByName('libvpx' as Parameters<typeof Codec.findEncoderByName>[0])
  if (codec === null) throw new Error('FFmpeg was built without libvpx: VP8 clips cannot be made')
  const context = new CodecContext()
  context.allocContext3(codec)
  context.width = options.width
  context.height = options.height
  context.pixelFormat = AV_PIX_FMT_YUV420P
  context.timeBase = new Rational(1, options.fps)
  context.framerate = new Rational(options.fps, 1)
  context.bitRate = BigInt(options.bitrateBps)
  context.gopSize = 9999
  context.threadCount = 1
  const settings = { deadline: 'realtime', 'cpu-used': '-10', 'lag-in-frames': '0' }
  for (const [name, value] of Object.entries(settings)) {
    check(context.setOption(name, value, AV_OPT_TYPE_STRING, AV_OPT_SEARCH_CHILDREN), `set ${name}`)
  }
  check(context.open2Sync(codec, null), 'open the VP8 encoder')
  return context
}

/** The colour everywhere, a lighter bar that wanders, and a little noise: something to code, as a camera has. */
function paint(frame: Frame, { color, width, height, frames }: VideoClipOptions, index: number): void {
  const planes = frame.data
  if (planes === null) throw new Error('The picture has no planes')
  const { y, u, v } = toYuv(color)
  const [luma, chromaU, chromaV] = planes as [Buffer, Buffer, Buffer]
  const [lumaStride, chromaStride] = frame.linesize as [number, number]
  const barHeight = Math.max(2, height >> 4)
  const barTop = Math.floor(((height - barHeight) * index) / frames)
  let noise = 12_345 + index * 7919
  for (let row = 0; row < height; row++) {
    const base = row >= barTop && row < barTop + barHeight ? Math.min(235, y + 20) : y
    const start = row * lumaStride
    for (let column = 0; column < width; column++) {
      noise = (Math.imul(noise, 1_103_515_245) + 12_345) & 0x7fffffff
      luma[start + column] = base + ((noise >> 16) & 3)
    }
  }
  for (let row = 0; row < height / 2; row++) {
    const start = row * chromaStride
    chromaU.fill(u, start, start + width / 2)
    chromaV.fill(v, start, start + width / 2)
  }
}

function check(code: number, what: string): void {
  if (code < 0) throw new Error(`Could not ${what}: FFmpeg error ${code}`)
}
