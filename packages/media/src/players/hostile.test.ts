import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

import { playerOpenTimeoutMs } from '../playerTypes.ts'
import { clipFps, writeClip } from './testing/clips.ts'
import { livingPlayerPids } from './testing/livingPlayers.ts'
import { noise } from './testing/noise.ts'
import { PlayerRig } from './testing/PlayerRig.ts'

let folder: string
let server: Worker
let port: number
let rig: PlayerRig

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roomful-hostile-'))
  await writeClip({ path: join(folder, 'good.mp4'), seconds: 20, muxerOptions: { movflags: 'faststart' } })
  // Its size is told by the pictures only, not by the container.
  const huge = { codec: 'h264', width: 8000, height: 8000 } as const
  await writeClip({
    path: join(folder, 'huge.ts'),
    format: 'mpegts',
    seconds: 1 / clipFps,
    video: huge,
    audio: null,
  })
  const claimed = readFileSync(join(folder, 'good.mp4'))
  const size = claimed.indexOf('avc1', claimed.indexOf('stsd')) + 28
  claimed.writeUInt16BE(8000, size)
  claimed.writeUInt16BE(8000, size + 2)
  writeFileSync(join(folder, 'claimed.mp4'), claimed)
  const broken = readFileSync(join(folder, 'good.mp4'))
  const data = broken.indexOf('mdat')
  for (let i = data + 2000; i < broken.length; i += 7) broken[i] = noise[i % noise.length]!
  writeFileSync(join(folder, 'broken.mp4'), broken)
  const headless = readFileSync(join(folder, 'good.mp4'))
  headless.write('none', headless.indexOf('moov'))
  writeFileSync(join(folder, 'no-index.mp4'), headless)
  server = new Worker(new URL('./testing/hostileServer.ts', import.meta.url), { workerData: folder })
  ;[port] = (await once(server, 'message')) as [number]
  rig = await PlayerRig.create()
}, 60_000)

afterAll(async () => {
  await rig.close()
  await server.terminate()
  rmSync(folder, { recursive: true })
})

afterEach(async () => {
  await rig.players.closeAll()
  rig.events.length = 0
})

const urlOf = (path: string): string => `http://127.0.0.1:${port}/${path}`

type Refusal = { message: string; code: string; tookMs: number }

async function refusal(path: string): Promise<Refusal> {
  const startMs = performance.now()
  const url = path.includes(':') ? path : urlOf(path)
  const error: unknown = await rig.open(path, url).then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Error)) throw new Error(`${path} plays`)
  const { message, code } = error as Error & { code: string }
  return { message, code, tookMs: performance.now() - startMs }
}

const cases: readonly [path: string, code: string, words: RegExp][] = [
  ['hangs', 'player_failed', /gave no answer within 5 s|nothing that can be played within/],
  ['says-little', 'player_failed', /nothing that can be played within/],
  ['index.mp4', 'player_failed', /nothing that can be played|MiB of memory|cannot be played/],
  ['headers', 'player_failed', /more than 16 KiB of headers/],
  ['noise', 'player_failed', /nothing that can be played|cannot be played/],
  ['bomb', 'player_failed', /compressed \(gzip\)/],
  ['endless.m3u8', 'player_failed', /larger than 10 MB|nothing that can be played within/],
  ['files.m3u8', 'player_failed', /nothing that can be played/],
  ['inside.m3u8', 'url_not_allowed', /169\.254\.169\.254/],
  ['redirected.m3u8', 'url_not_allowed', /169\.254\.169\.254/],
  ['map.m3u8', 'url_not_allowed', /169\.254\.169\.254/],
  ['key.m3u8', 'url_not_allowed', /169\.254\.169\.254/],
  ['variant.m3u8', 'url_not_allowed', /169\.254\.169\.254/],
  ['to-metadata', 'url_not_allowed', /169\.254\.169\.254/],
  ['huge.ts', 'player_failed', /8000x8000 is larger than 1920x1200/],
  ['claimed.mp4', 'player_failed', /8000x8000 is larger than 1920x1200/],
  ['no-index.mp4', 'player_failed', /nothing that can be played/],
  ['file:///etc/passwd', 'url_not_allowed', /only: http, https, rtmp, rtmps/],
  ['http://127.0.0.2:1/', 'url_not_allowed', /loopback/],
  ['rtmp://127.0.0.1:1/live/a', 'player_failed', /refused the connection/],
]

test('what is hostile is refused in time and in words, and a film goes on beside it', async () => {
  rig.show('film')
  await rig.open('film', urlOf('good.mp4'))
  await rig.until('the film', () => rig.second() === 0 && rig.levelDb() > -14)
  rig.worstTickMs = 0
  // Four at a time: a room has its limit, and the machine as well.
  const refusals: Refusal[] = []
  for (let i = 0; i < cases.length; i += 4) {
    await rig.players.seek('film', 0)
    const startMs = performance.now()
    refusals.push(...(await Promise.all(cases.slice(i, i + 4).map(([path]) => refusal(path)))))
    // The film has gone on meanwhile.
    expect(rig.position('film')).toBeGreaterThan((performance.now() - startMs) / 3)
  }
  cases.forEach(([path, code, words], index) => {
    expect(refusals[index], path).toMatchObject({ code })
    expect(refusals[index]!.message, path).toMatch(words)
    expect(refusals[index]!.tookMs, path).toBeLessThan(playerOpenTimeoutMs + 1500)
  })
  // Nobody was told of them, and their processes are gone.
  await rig.until('the film is seen and heard', () => rig.levelDb() > -14 && rig.second() >= 0)
  expect(rig.events.filter(({ sourceId }) => sourceId !== 'film')).toEqual([])
  await rig.until('only the film has a process', () => livingPlayerPids().length === 1)
  expect(rig.worstTickMs).toBeLessThan(1000)
  expect(rig.problems).toEqual([])
}, 60_000)

test('a file that goes bad on the way ends in words, or plays on; a process that dies ends its player only', async () => {
  rig.show('broken', 'film')
  await Promise.all([
    rig.open('broken', urlOf('broken.mp4')),
    rig.open('half', urlOf('half.mp4')),
    rig.open('film', urlOf('good.mp4')),
  ])
  await rig.until('the film', () => rig.second(75) >= 0)
  await rig.players.seek('broken', 15_000)
  rig.players.seek('half', 17_000).catch(() => {})
  await rig.until('the half one has ended', () => rig.ended('half') !== undefined)
  expect(rig.ended('half')!.error).toMatch(/127\.0\.0\.1/)
  const pids = livingPlayerPids()
  for (const pid of pids) process.kill(pid, 'SIGSEGV')
  await rig.until(
    'both have ended',
    () => rig.ended('film') !== undefined && rig.ended('broken') !== undefined,
  )
  expect(rig.ended('film')!.error).toContain('SIGSEGV')
  expect(livingPlayerPids()).toEqual([])
  expect(rig.problems).toEqual([])
}, 60_000)
