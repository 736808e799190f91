import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { RoomMediaOptions } from '@roomful/media'
import { AudioClock, RoomAudio } from '@roomful/media/audio/index'
import { OpusTone } from '@roomful/media/audio/testing/index'
import { RoomOutputs } from '@roomful/media/outputs/RoomOutputs'
import { epochMs } from '@roomful/media/room/monotonic'
import { RoomVideo } from '@roomful/media/video/index'
import { median } from '../statistics.ts'
import type { VideoClip } from '../VideoClip.ts'
import { childrenOf, readUsage, sum } from './processUsage.ts'

export type OutputKind = 'recording' | 'stream' | 'both'
const outputsOf = {
  nothing: [],
  recording: ['recording'],
  stream: ['stream'],
  both: ['recording', 'stream'],
} as const satisfies Record<string, readonly ('recording' | 'stream')[]>
type Setting = keyof typeof outputsOf

export type OutputsResult = {
  /** Cores that a room of four takes in addition, medians over the rounds. */
  extraCores: Record<OutputKind, number>
  /** Pictures per second in the worst round. */
  fps: number
  /** Whether no round left out pictures, which would make it cheap. */
  isComplete: boolean
}

export type OutputsOptions = {
  clip: VideoClip
  canvas: RoomMediaOptions
  rounds: number
  roundMs: number
  log(line: string): void
}

const members = ['a', 'b', 'c', 'd']
const settleMs = 800
/** As for the rooms whose cores are measured. */
const completeShare = 0.97
const sinkEntry = fileURLToPath(import.meta.resolve('@roomful/media/outputs/testing/rtmpSinkMain'))

/**
 * What recording a room of four costs, streaming it to an RTMP server on this machine, and both at once: CPU of the
 * room's picture and sound and of the recorder, measured in turn with a room that does neither.
 */
export async function measureOutputs(options: OutputsOptions): Promise<OutputsResult> {
  const folder = mkdtempSync(join(tmpdir(), 'roomful-bench-outputs-'))
  const sink = fork(sinkEntry, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const room = await BenchRoom.create(options)
  try {
    const [port] = (await once(sink, 'message', { signal: AbortSignal.timeout(20_000) })) as [number]
    const targets = { folder, url: `rtmp://127.0.0.1:${port}/live/bench` }
    const extras: Record<OutputKind, number[]> = { recording: [], stream: [], both: [] }
    let fps = Infinity
    for (let round = 0; round < options.rounds; round++) {
      const cores: Record<Setting, number> = { nothing: 0, recording: 0, stream: 0, both: 0 }
      for (const setting of ['nothing', 'recording', 'stream', 'both'] as const) {
        const measured = await room.measure(setting, round, targets, options.roundMs)
        cores[setting] = measured.cores
        fps = Math.min(fps, measured.fps)
      }
      for (const kind of ['recording', 'stream', 'both'] as const)
        extras[kind].push(cores[kind] - cores.nothing)
      options.log(
        `outputs, round ${round + 1} of ${options.rounds}: recording ${extras.recording.at(-1)?.toFixed(3)}, ` +
          `stream ${extras.stream.at(-1)?.toFixed(3)}, both ${extras.both.at(-1)?.toFixed(3)} extra cores`,
      )
    }
    const { recording, stream, both } = extras
    return {
      extraCores: { recording: median(recording), stream: median(stream), both: median(both) },
      fps,
      isComplete: fps >= options.canvas.fps * completeShare,
    }
  } finally {
    await room.close()
    sink.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Picture and sound of a room of four in this process, without transport: that is the same with and without outputs. */
class BenchRoom {
  readonly #video: RoomVideo
  readonly #fps: number
  readonly #audio: RoomAudio
  readonly #outputs: RoomOutputs
  readonly #clock = new AudioClock({ now: epochMs })
  readonly #tones = members.map((_, index) => new OpusTone({ frequencyHz: 300 + 50 * index }))
  readonly #timers: NodeJS.Timeout[]
  readonly #ends = new Map<string, () => void>()
  /** Processes of before: those that come belong to outputs. */
  readonly #others = new Set(childrenOf(process.pid))

  static async create(options: OutputsOptions): Promise<BenchRoom> {
    // eslint-disable-next-line prefer-const
    let room: BenchRoom | undefined
    const video = await RoomVideo.create(options.canvas, {
      onEncoded: () => {},
      onOutputPicture: (picture) => room?.takePicture(picture),
      onKeyframeNeeded: () => {},
      onDied: (error) => {
        throw error
      },
    })
    room = new BenchRoom(video, options)
    return room
  }

  private constructor(video: RoomVideo, { clip, canvas }: OutputsOptions) {
    this.#video = video
    this.#fps = canvas.fps
    this.#audio = new RoomAudio({ now: epochMs, events: { onTalking: () => {}, onPacket: () => {} } })
    for (const id of members) {
      this.#audio.addSource(id)
      this.#audio.addListener(id, { excludeSourceId: id })
    }
    this.#outputs = new RoomOutputs({
      video,
      audio: this.#audio,
      room: canvas,
      allowedHosts: ['127.0.0.1'],
      now: epochMs,
      onEvent: (event) => {
        if (event.type === 'output.ended') this.#ends.get(event.outputId)?.()
      },
    })
    const layers = members.map((sourceId, index) => {
      const place = { x: (index % 2) * 50, y: Math.floor(index / 2) * 50, width: 50, height: 50 }
      return { sourceId, ...place, zIndex: 0, fit: 'cover' as const, banner: sourceId, videoMuted: false }
    })
    video.setScene({ layers })
    video.setDemand([{ codec: 'vp8', rung: 0 }])
    this.#clock.add((nowMs) => this.#audio.tick(nowMs))
    this.#clock.start()
    this.#timers = [
      setInterval(() => this.#sendSound(), 20),
      setInterval(this.#pictures(clip), 1000 / clip.fps),
    ]
  }

  takePicture(picture: Parameters<RoomOutputs['takePicture']>[0]): void {
    this.#outputs.takePicture(picture)
  }

  async measure(
    setting: Setting,
    round: number,
    { folder, url }: { folder: string; url: string },
    roundMs: number,
  ): Promise<{ cores: number; fps: number }> {
    const ids = outputsOf[setting].map((kind) => `${setting}-${kind}-${round}`)
    for (const [index, kind] of outputsOf[setting].entries()) {
      const id = ids[index]!
      const target =
        kind === 'recording' ? { kind, path: join(folder, `${id}.mp4`) } : { kind, url: `${url}-${id}` }
      await this.#outputs.start(id, target)
    }
    await delay(settleMs)
    const before = await this.#usage()
    await delay(roundMs)
    const after = await this.#usage()
    const ended = ids.map((id) => new Promise<void>((resolve) => this.#ends.set(id, resolve)))
    for (const id of ids) this.#outputs.stop(id)
    await Promise.all(ended)
    const elapsedMs = after.atMs - before.atMs
    const frames = Math.max(after.frames - before.frames, 1)
    // Per picture, as a machine that is busy leaves some out; all else goes by the time.
    const pictureMs = (after.workerMs - before.workerMs) / frames
    return {
      cores: (pictureMs * this.#fps) / 1000 + (after.otherMs - before.otherMs) / elapsedMs,
      fps: (frames * 1000) / elapsedMs,
    }
  }

  async close(): Promise<void> {
    await this.#outputs.close()
    for (const timer of this.#timers) clearInterval(timer)
    this.#clock.stop()
    this.#audio.close()
    await this.#video.close()
    for (const tone of this.#tones) tone.close()
  }

  async #usage(): Promise<{ atMs: number; workerMs: number; otherMs: number; frames: number }> {
    const { framesComposed, cpuMs: workerMs } = await this.#video.stats()
    const recorders = childrenOf(process.pid).filter((pid) => !this.#others.has(pid))
    const totalMs = sum([process.pid, ...recorders].map(cpuMsOf))
    return { atMs: performance.now(), workerMs, otherMs: totalMs - workerMs, frames: framesComposed }
  }

  #sendSound(): void {
    for (const [index, id] of members.entries())
      this.#audio.pushRtp(id, this.#tones[index]!.next(), epochMs())
  }

  #pictures({ frames }: VideoClip): () => void {
    let index = 0
    return () => {
      const data = frames[index % frames.length]!
      const isKey = index % frames.length === 0
      index++
      for (const id of members) this.#video.pushFrame(id, { codec: 'vp8', data, isKey })
    }
  }
}

function cpuMsOf(pid: number): number {
  return sum([...readUsage(pid).threads.values()].map(({ cpuMs }) => cpuMs))
}
