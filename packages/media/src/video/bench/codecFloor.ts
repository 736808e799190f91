import { parentPort, Worker, workerData } from 'node:worker_threads'

import { AV_PIX_FMT_YUV420P, FF_DECODER_VP8, SWS_FAST_BILINEAR } from 'node-av/constants'
import { Codec, CodecContext, Frame, Packet, SoftwareScaleContext } from 'node-av/lib'

import type { RoomMediaOptions } from '../../types.ts'
import { Canvas } from '../Canvas.ts'
import { openCodec, silenceCodecs } from '../codecs.ts'
import type { Rect } from '../tileGeometry.ts'
import { VideoEncoder } from '../VideoEncoder.ts'

export type FloorTask = {
  options: RoomMediaOptions
  clip: Uint8Array[]
  sourceWidth: number
  sourceHeight: number
  /** One tile per source. */
  tiles: Rect[]
  warmUpTicks: number
  ticks: number
}
export type FloorResult = { cpuMsPerTick: number }

/**
 * What the codecs alone cost: the same decodes, scalings and one encode, paced like a room, in a thread of
 * its own and with nothing else in it.
 */
export function measureCodecFloor(task: FloorTask): Promise<FloorResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { floorTask: task } })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

function run(task: FloorTask): void {
  silenceCodecs()
  const { options, clip, sourceWidth, sourceHeight, tiles } = task
  const canvas = new Canvas(options.width, options.height)
  const encoder = new VideoEncoder('vp8', options)
  const packet = new Packet()
  packet.alloc()
  const codec = Codec.findDecoderByName(FF_DECODER_VP8)!
  const members = tiles.map((tile) => {
    const decoder = new CodecContext()
    decoder.allocContext3(codec)
    decoder.threadCount = 1
    openCodec(decoder, codec)
    const frame = new Frame()
    frame.alloc()
    const scaler = new SoftwareScaleContext()
    const { width, height } = tile
    scaler.getContext(
      sourceWidth,
      sourceHeight,
      AV_PIX_FMT_YUV420P,
      width,
      height,
      AV_PIX_FMT_YUV420P,
      SWS_FAST_BILINEAR,
    )
    return { decoder, frame, scaler, planes: canvas.planesAt(tile.x, tile.y) }
  })

  let number = 0
  let cpuBefore = process.threadCpuUsage()
  const startMs = performance.now()
  const tick = (): void => {
    if (number === task.warmUpTicks) cpuBefore = process.threadCpuUsage()
    const data = Buffer.from(clip[number % clip.length]!)
    for (const { decoder, frame, scaler, planes } of members) {
      packet.unref()
      packet.data = data
      packet.pts = BigInt(number)
      decoder.sendPacketSync(packet)
      while (decoder.receiveFrameSync(frame) >= 0) {
        scaler.scaleSync(frame.data!, frame.linesize, 0, sourceHeight, planes, canvas.strides)
      }
    }
    encoder.encode(canvas.frame, number, false)
    number++
    if (number < task.warmUpTicks + task.ticks) {
      const dueMs = startMs + (number * 1000) / options.fps
      setTimeout(tick, Math.max(0, dueMs - performance.now()))
      return
    }
    const { user, system } = process.threadCpuUsage(cpuBefore)
    parentPort!.postMessage({ cpuMsPerTick: (user + system) / 1000 / task.ticks } satisfies FloorResult)
  }
  tick()
}

const task = (workerData as { floorTask?: FloorTask } | null)?.floorTask
if (task) run(task)
