import { parentPort, Worker, workerData } from 'node:worker_threads'
import { frameMs, frameSamples } from '@roomful/media/audio/constants'
import { OpusDecoder } from '@roomful/media/audio/opus/OpusDecoder'
import { OpusEncoder } from '@roomful/media/audio/opus/OpusEncoder'
import { ToneGenerator } from '@roomful/media/audio/testing/tone'

export type OpusFloorTask = {
  /** `decode`: one packet of every codec and tick; `encode`: one frame. */
  work: 'decode' | 'encode'
  /** How many decoders or encoders there are. */
  codecs: number
  warmUpTicks: number
  ticks: number
}
type OpusFloorResult = { cpuMs: number }

/**
 * Cores that Opus alone takes, with the product's settings: every 20 ms one packet of each codec, in a thread
 * with nothing else in it.
 */
export function measureOpusFloor(task: OpusFloorTask): Promise<number> {
  if (task.codecs === 0) return Promise.resolve(0)
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { opusFloorTask: task } })
    worker.once('message', ({ cpuMs }: OpusFloorResult) => resolve(cpuMs / (task.ticks * frameMs)))
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`The Opus floor ended with code ${code}`)))
  })
}

function run(task: OpusFloorTask): void {
  const samples = new Float32Array(frameSamples)
  const tone = new ToneGenerator(440, 0.05)
  const encoders = Array.from({ length: task.work === 'encode' ? task.codecs : 1 }, () => new OpusEncoder())
  const decoders = Array.from({ length: task.work === 'decode' ? task.codecs : 0 }, () => new OpusDecoder())
  // What the decoders get is coded before, and not counted.
  const packets = Array.from({ length: task.work === 'decode' ? 50 : 0 }, () => {
    tone.fill(samples)
    return Buffer.from(Uint8Array.from(encoders[0]?.encode(samples) ?? []))
  })
  tone.fill(samples)

  let tick = 0
  let before = process.threadCpuUsage()
  const startMs = performance.now()
  const work = (): void => {
    if (tick === task.warmUpTicks) before = process.threadCpuUsage()
    const packet = packets[tick % packets.length]
    if (packet === undefined) for (const encoder of encoders) encoder.encode(samples)
    else for (const decoder of decoders) decoder.decode(packet)
    tick++
    if (tick < task.warmUpTicks + task.ticks) {
      setTimeout(work, Math.max(0, startMs + tick * frameMs - performance.now()))
      return
    }
    const { user, system } = process.threadCpuUsage(before)
    for (const codec of [...encoders, ...decoders]) codec.close()
    parentPort?.postMessage({ cpuMs: (user + system) / 1000 } satisfies OpusFloorResult)
  }
  work()
}

const task = (workerData as { opusFloorTask?: OpusFloorTask } | null)?.opusFloorTask
if (task) run(task)
