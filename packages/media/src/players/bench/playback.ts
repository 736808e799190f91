import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { AudioClock, RoomAudio } from '../../audio/index.ts'
import { epochMs } from '../../room/monotonic.ts'
import type { RoomMediaOptions } from '../../types.ts'
import type { Canvas } from '../../video/Canvas.ts'
import { RoomVideo } from '../../video/index.ts'
import { RoomPlayers } from '../RoomPlayers.ts'
import { ClipServer } from '../testing/ClipServer.ts'
import { clipFps, writeClip } from '../testing/clips.ts'
import { livingPlayerPids } from '../testing/livingPlayers.ts'

export type PlaybackResult = {
  /** Cores that a room takes in addition while it plays a 720p file, median over the rounds. */
  extraCores: number
  /** Of that, the player's process: fetching, decoding, scaling. The rest is the room's, with a livelier encode. */
  playerCores: number
  /** Pictures of the file that reached the room, per second, in the worst round. */
  fps: number
  /** Whether no round left out pictures, which would make it cheap. */
  isComplete: boolean
}

export type PlaybackOptions = {
  canvas: RoomMediaOptions
  rounds: number
  roundMs: number
  log(line: string): void
}

const settleMs = 1500
const completeShare = 0.9
/** `/proc` counts CPU time in these on every Linux. */
const tickMs = 10

/** What playing a 720p MP4 over the whole canvas of a room costs, measured in turn with a room that shows nothing. */
export async function measurePlayback(options: PlaybackOptions): Promise<PlaybackResult> {
  const { canvas, rounds, roundMs, log } = options
  const folder = mkdtempSync(join(tmpdir(), 'roomful-bench-players-'))
  const seconds = Math.ceil((rounds * (2 * roundMs + 2 * settleMs)) / 1000) + 5
  await writeClip({
    path: join(folder, 'film.mp4'),
    seconds: Math.min(seconds, 20),
    video: { codec: 'h264', width: 1280, height: 720, bitrateBps: 2_500_000 },
    paint: paintFilm,
    muxerOptions: { movflags: 'faststart' },
  })
  const server = await ClipServer.start(folder)
  const video = await RoomVideo.create(canvas, {
    onEncoded: () => {},
    onKeyframeNeeded: () => {},
    onDied: (error) => {
      throw error
    },
  })
  const audio = new RoomAudio({ now: epochMs, events: { onTalking: () => {}, onPacket: () => {} } })
  const clock = new AudioClock({ now: epochMs })
  audio.addListener('listener', { excludeSourceId: null })
  clock.add((nowMs) => audio.tick(nowMs))
  clock.start()
  let pictures = 0
  const players = new RoomPlayers({
    room: canvas,
    allowedHosts: ['127.0.0.1'],
    now: epochMs,
    onEvent: () => {},
    audio,
    video: {
      pushPicture: (...picture) => {
        pictures++
        video.pushPicture(...picture)
      },
      removeSource: (sourceId) => video.removeSource(sourceId),
    },
  })
  const whole = { x: 0, y: 0, width: 100, height: 100, zIndex: 0, fit: 'contain' as const, banner: null }
  const scene = { layers: [{ sourceId: 'film', ...whole, videoMuted: false }] }
  video.setScene(scene)
  players.setScene(scene)
  video.setDemand([{ codec: 'vp8', rung: 0 }])
  const measure = async (): Promise<{ own: number; player: number; fps: number }> => {
    await delay(settleMs)
    const [pid] = livingPlayerPids()
    const read = () => ({
      atMs: performance.now(),
      own: cpuMsOf(process.pid),
      player: pid === undefined ? 0 : cpuMsOf(pid),
      pictures,
    })
    const before = read()
    await delay(roundMs)
    const after = read()
    const elapsedMs = after.atMs - before.atMs
    return {
      own: (after.own - before.own) / elapsedMs,
      player: (after.player - before.player) / elapsedMs,
      fps: ((after.pictures - before.pictures) * 1000) / elapsedMs,
    }
  }
  try {
    const results: Omit<PlaybackResult, 'isComplete'>[] = []
    for (let round = 0; round < rounds; round++) {
      const idle = await measure()
      await players.open('film', { url: server.url('film.mp4'), volumeDb: 0, positionMs: 0 })
      const playing = await measure()
      players.close('film')
      const extraCores = playing.own - idle.own + playing.player
      results.push({ extraCores, playerCores: playing.player, fps: playing.fps })
      log(
        `playback, round ${round + 1} of ${rounds}: ${extraCores.toFixed(3)} extra cores, ` +
          `${playing.player.toFixed(3)} of them the player's, ${playing.fps.toFixed(1)} fps`,
      )
    }
    const fps = Math.min(...results.map((result) => result.fps))
    return {
      extraCores: median(results.map((result) => result.extraCores)),
      playerCores: median(results.map((result) => result.playerCores)),
      fps,
      isComplete: fps >= clipFps * completeShare,
    }
  } finally {
    await players.closeAll()
    clock.stop()
    audio.close()
    await video.close()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Blocks of grey with a camera's noise, panned: about as hard to code as a film. */
const noisy = Buffer.from(
  Uint8Array.from({ length: 1_500_000 }, (_value, i) => {
    const block = (((i >> 5) ^ (i >> 14)) * 37) & 127
    return 60 + block + ((Math.imul(i, 2654435761) >>> 20) & 3)
  }),
)

function paintFilm(canvas: Canvas, frameNumber: number): void {
  const [luma] = canvas.planesAt(0, 0)
  const size = canvas.strides[0]! * canvas.height
  noisy.copy(luma!, 0, frameNumber * 2, frameNumber * 2 + size)
}

function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}
