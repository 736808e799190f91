import { createReadStream, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { epochMs } from '../room/monotonic.ts'
import { Source } from '../video/Source.ts'
import { black, fillRect } from '../video/testKit.ts'
import { ClipServer } from './testing/ClipServer.ts'
import { colourAt, toneHzAt, writeClip } from './testing/clips.ts'
import { livingPlayerPids } from './testing/livingPlayers.ts'
import { PlayerRig } from './testing/PlayerRig.ts'

const netFixture = (name: string): string => fileURLToPath(new URL(`../net/testing/${name}`, import.meta.url))

let folder: string
let server: ClipServer
let rig: PlayerRig

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roomful-players-'))
  await writeClip({ path: join(folder, 'clip.mp4'), seconds: 9 })
  await writeClip({
    path: join(folder, 'clip.webm'),
    seconds: 4,
    video: { codec: 'vp8', width: 320, height: 240 },
    audio: 'opus',
  })
  await writeClip({ path: join(folder, 'clip.mp3'), seconds: 4, video: null, audio: 'mp3' })
  // As telephones record: its left side is the top.
  await writeClip({
    path: join(folder, 'silent.mp4'),
    seconds: 2,
    audio: null,
    rotation: 90,
    paint: (canvas) => {
      fillRect(canvas, 0, 0, 160, 180, colourAt(1))
      fillRect(canvas, 160, 0, 160, 180, colourAt(2))
    },
  })
  const hls = { hls_time: '2', hls_list_size: '0' }
  await writeClip({ path: join(folder, 'clip.m3u8'), format: 'hls', seconds: 8, muxerOptions: hls })
  const variant = (name: string, size: string): string =>
    `#EXT-X-STREAM-INF:BANDWIDTH=${name.length}00000,RESOLUTION=${size}\n${name}\n`
  const master = `#EXTM3U\n${variant('clip.m3u8', '320x180')}${variant('other/clip.m3u8', '320x180')}`
  writeFileSync(join(folder, 'master.m3u8'), master)
  symlinkSync(folder, join(folder, 'other'))
  server = await ClipServer.start(folder, {
    // As a radio station: no length, no ranges, no end that is known before.
    '/radio': (_request, response) => {
      response.writeHead(200, { 'content-type': 'audio/mpeg' })
      createReadStream(join(folder, 'clip.mp3')).pipe(response)
    },
    '/moved': (_request, response) => {
      response.writeHead(302, { location: '/clip.mp4' }).end()
    },
  })
  rig = await PlayerRig.create()
}, 60_000)

afterAll(async () => {
  await rig.close()
  server.close()
  rmSync(folder, { recursive: true })
})

afterEach(async () => {
  await rig.players.closeAll()
  rig.events.length = 0
  await rig.until('no player is left', () => livingPlayerPids().length === 0)
  expect(rig.problems).toEqual([])
})

test('an MP4: colour and tone of every second together, volume, pause, resume, seek, end', async () => {
  rig.show('film')
  const sinceMs = epochMs()
  const info = await rig.open('film', server.url('moved'))
  expect(info).toMatchObject({ seekable: true, hasAudio: true, hasVideo: true })
  expect(Math.abs(info.durationMs! - 9000)).toBeLessThan(100)

  await rig.until('the fourth second', () => rig.second() === 3 && rig.toneDb(toneHzAt(3)) > -14)
  expect(Math.abs(rig.position('film') - 3500)).toBeLessThan(800)
  const seen = rig.colourChanges(sinceMs)
  const heard = rig.toneChanges(sinceMs)
  const offsets = [1, 2, 3].map((second) => Math.abs(seen.get(second)! - heard.get(second)!))
  // The best of three: a busy machine delays pictures, but a mistake delays all of them.
  expect(Math.min(...offsets)).toBeLessThan(80)

  // 0.25 of full scale is -12 dB.
  expect(Math.abs(rig.levelDb() + 12)).toBeLessThan(1.5)
  rig.players.setVolume('film', -20)
  await rig.until('20 dB less', () => Math.abs(rig.levelDb() + 12 + 20) < 1.5)
  rig.players.setVolume('film', 0)
  await rig.until('as loud as before', () => Math.abs(rig.levelDb() + 12) < 1.5)

  rig.players.pause('film')
  expect(rig.events.at(-1)).toMatchObject({ type: 'player.state', sourceId: 'film', state: 'paused' })
  const pausedMs = rig.position('film')
  await rig.until('silence', () => rig.levelDb() === -200)
  const frozen = rig.second()
  await rig.ticks(30)
  expect(rig.levelDb()).toBe(-200)
  expect(rig.second()).toBe(frozen)
  expect(rig.position('film')).toBe(pausedMs)

  // While it is paused, the picture of the new place shows.
  await expect(rig.players.seek('film', 1500)).resolves.toEqual({ positionMs: 1500 })
  await rig.until('the second second, standing', () => rig.second() === 1)
  expect(rig.position('film')).toBe(1500)
  expect(rig.levelDb()).toBe(-200)
  rig.players.resume('film')
  await rig.until('its sound', () => rig.toneDb(toneHzAt(1)) > -14)
  expect(rig.position('film')).toBeLessThan(2500)

  const { positionMs } = await rig.players.seek('film', 7400)
  expect(Math.abs(positionMs - 7400)).toBeLessThanOrEqual(40)
  await rig.until('the eighth second', () => rig.second() === 1 && rig.toneDb(toneHzAt(1)) > -14)
  expect(rig.events.filter(({ type }) => type === 'player.state')).toHaveLength(4)

  await rig.until('its end', () => rig.ended('film') !== undefined)
  expect(rig.ended('film')).toMatchObject({ error: null })
  expect(Math.abs(rig.ended('film')!.positionMs - 9000)).toBeLessThan(100)
  expect(() => rig.players.position('film')).toThrow('No player film')
  await rig.until('nothing is heard any more', () => rig.levelDb() === -200)
})

test('WebM, MP3, pictures only and HLS at once: each in its place, in its proportions', async () => {
  rig.show('web', 'silent', 'list')
  const infos = await Promise.all([
    rig.open('web', server.url('clip.webm')),
    rig.open('silent', server.url('silent.mp4')),
    rig.open('list', server.url('master.m3u8'), { positionMs: 4000, volumeDb: -50 }),
    rig.open('song', server.url('clip.mp3'), { volumeDb: -50 }),
  ])
  expect(infos).toMatchObject([
    { seekable: true, hasAudio: true, hasVideo: true },
    { seekable: true, hasAudio: false, hasVideo: true },
    { seekable: true, hasAudio: true, hasVideo: true },
    { seekable: true, hasAudio: true, hasVideo: false },
  ])
  await rig.until('all pictures', () => [17, 51, 83].every((x) => rig.second(x, 45) >= 0))
  // 4:3 and 16:9 over the width of a third: bars above and below, nothing stretched.
  const picture = rig.picture!
  const isBar = (x: number, y: number): boolean => picture.is(black, x, y)
  expect([isBar(17, 22), isBar(17, 33)]).toEqual([true, false])
  // Upright, from top to bottom: its left side above its right one.
  expect([4, 30, 70, 96].map((y) => rig.second(50, y))).toEqual([1, 1, 2, 2])
  expect(rig.position('list')).toBeGreaterThanOrEqual(4000)
  await expect(rig.players.seek('list', 6200)).resolves.toEqual({ positionMs: 6200 })
  await rig.until('the list at its seventh second', () => rig.second(83) === 0)
  // Of the two variants of the list only one is fetched.
  const fetched = server.requests
    .filter((path) => path.endsWith('clip3.ts'))
    .map((path) => path.split('/').length)
  expect(new Set(fetched).size).toBe(1)
  await rig.until('the end of the silent one', () => rig.ended('silent') !== undefined)
  expect(rig.ended('silent')).toMatchObject({ error: null })
  rig.players.setVolume('song', 0)
  await rig.until('the end of the song', () => rig.ended('song')?.error === null)
  expect(Math.abs(rig.ended('song')!.positionMs - 4000)).toBeLessThan(150)
})

test('https: only with a certificate that somebody vouches for', async () => {
  const certificate = {
    key: readFileSync(netFixture('localhost.key.pem'), 'utf8'),
    cert: readFileSync(netFixture('localhost.pem'), 'utf8'),
  }
  const secure = await ClipServer.start(folder, {}, certificate)
  try {
    await expect(rig.open('film', secure.url('clip.mp4'))).rejects.toThrow(
      'shows a certificate that cannot be trusted',
    )
    process.env['NODE_EXTRA_CA_CERTS'] = netFixture('testAuthority.pem')
    rig.show('film')
    await expect(rig.open('film', secure.url('clip.m3u8'))).resolves.toMatchObject({ seekable: true })
    await rig.until('its picture', () => rig.picture!.is(colourAt(0), 50, 50))
  } finally {
    delete process.env['NODE_EXTRA_CA_CERTS']
    secure.close()
  }
})

describe('rules', () => {
  test('a source without an end is live: no length, no seeking; it catches up after a pause', async () => {
    await expect(rig.open('radio', server.url('radio'))).resolves.toMatchObject({
      hasAudio: true,
      hasVideo: false,
      seekable: false,
    })
    await expect(rig.players.seek('radio', 1000)).rejects.toThrow('no other places')
    await rig.until('its sound', () => rig.levelDb() > -14)
    rig.players.pause('radio')
    await rig.until('silence', () => rig.levelDb() === -200)
    rig.players.resume('radio')
    await rig.until('sound again', () => rig.levelDb() > -14)
  })

  test('names what is not there, or there already', async () => {
    expect(() => rig.players.pause('nobody')).toThrow('No player nobody')
    await rig.open('film', server.url('clip.mp4'))
    await expect(rig.open('film', server.url('clip.mp4'))).rejects.toThrow('already')
    await expect(rig.open('other', server.url('nothing.mp4'))).rejects.toThrow('answered 404 Not Found')
    const opening = rig.open('third', server.url('clip.mp4'))
    rig.players.close('third')
    await expect(opening).rejects.toThrow('closed')
    rig.players.close('film')
    expect(rig.events).toEqual([])
  })

  test('a picture that comes decoded never grows too old', () => {
    const source = new Source('film')
    source.show({ width: 32, height: 16, strides: [64, 64], bytes: new ArrayBuffer(64 * 32) })
    source.expire(performance.now() + 3_600_000)
    source.reset()
    source.setVisibility('hidden')
    source.setVisibility('seen')
    expect(source.picture?.width).toBe(32)
    expect(source.takeKeyframeRequest(performance.now())).toBe(false)
    source.free()
  })
})
