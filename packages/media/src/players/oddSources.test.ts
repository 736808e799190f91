import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'

import { epochMs } from '../room/monotonic.ts'
import { ClipServer } from './testing/ClipServer.ts'
import { clipFps, toneHzAt, writeClip } from './testing/clips.ts'
import { livingPlayerPids } from './testing/livingPlayers.ts'
import { PlayerRig } from './testing/PlayerRig.ts'

// Every test starts processes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const liveSeconds = 9
/** Of the live playlist, one a second. */
const windowSegments = 4

let folder: string
let server: ClipServer
let rig: PlayerRig
/** When the live playlist was first asked for. */
let liveSinceMs: number | null = null

/** What a station shows of its programme: the last seconds of it, and after the last one its end. */
function livePlaylist(): string {
  liveSinceMs ??= performance.now()
  const last = Math.min(windowSegments + Math.floor((performance.now() - liveSinceMs) / 1000), liveSeconds)
  const first = last - windowSegments
  const segments = Array.from({ length: windowSegments }, (_, i) => `#EXTINF:1,\nsegment?${first + i}`)
  const head = `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:${first}`
  return [head, ...segments, ...(last === liveSeconds ? ['#EXT-X-ENDLIST'] : []), ''].join('\n')
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roomful-odd-'))
  // As screens are recorded: a new picture only where something has changed, for some seconds.
  const isStill = (number: number): boolean =>
    Math.floor(number / clipFps) % 2 === 1 && number % clipFps !== 0
  await writeClip({ path: join(folder, 'changing.mp4'), seconds: 4, leavesOut: isStill })
  await writeClip({
    path: join(folder, 'vp9.webm'),
    seconds: 4,
    video: { codec: 'vp9', width: 320, height: 180 },
    audio: 'opus',
  })
  await writeClip({ path: join(folder, 'picture.mp4'), seconds: 1 / clipFps, audio: null })
  await writeClip({ path: join(folder, 'blip.mp3'), seconds: 0.2, video: null, audio: 'mp3' })
  const hls = { hls_time: '1', hls_list_size: '0' }
  await writeClip({
    path: join(folder, 'part.m3u8'),
    format: 'hls',
    seconds: liveSeconds,
    muxerOptions: hls,
  })
  server = await ClipServer.start(folder, {
    '/live.m3u8': (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/vnd.apple.mpegurl' }).end(livePlaylist())
    },
    // Its parts lie elsewhere.
    '/segment': ({ url }, response) => {
      response.writeHead(302, { location: `/part${url?.split('?')[1]}.ts` }).end()
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

test('pictures at uneven times stay with their sound, and VP9 and a live playlist play beside it', async () => {
  rig.show('changing', 'web', 'live')
  const sinceMs = epochMs()
  const [changing, web, live] = await Promise.all([
    rig.open('changing', server.url('changing.mp4')),
    rig.open('web', server.url('vp9.webm'), { volumeDb: -50 }),
    rig.open('live', server.url('live.m3u8'), { volumeDb: -50 }),
  ])
  expect(changing).toMatchObject({ seekable: true, hasAudio: true, hasVideo: true })
  expect(web).toMatchObject({ seekable: true, hasAudio: true, hasVideo: true })
  expect(live).toEqual({ seekable: false, durationMs: null, hasAudio: true, hasVideo: true })
  await rig.until('VP9', () => rig.second(50) >= 0)
  await rig.until('the live one', () => rig.second(83) >= 0)
  await rig.until('the last second', () => rig.toneDb(toneHzAt(3)) > -14)
  await rig.until('its picture', () => rig.second(17) === 3)
  const seen = rig.colourChanges(sinceMs, 17)
  const heard = rig.toneChanges(sinceMs)
  const offsets = [1, 2, 3].map((second) => Math.abs((seen.get(second) ?? Infinity) - heard.get(second)!))
  // The best of three: a busy machine delays pictures or leaves them out, but a mistake delays all of them.
  expect(Math.min(...offsets)).toBeLessThan(80)
  await rig.until('the end of both', () =>
    ['changing', 'web'].every((each) => rig.ended(each)?.error === null),
  )
  for (const each of ['changing', 'web'])
    expect(Math.abs(rig.ended(each)!.positionMs - 4000)).toBeLessThan(150)

  // Live goes on, with what came after it was opened.
  await expect(rig.players.seek('live', 0)).rejects.toThrow('no other places')
  rig.players.setVolume('live', 0)
  await rig.until('its sound', () => rig.levelDb() > -14)
  await rig.until('its end', () => rig.ended('live') !== undefined)
  expect(rig.ended('live')!.error).toBeNull()
  expect(server.requests).toContain(`/segment?${liveSeconds - 1}`)
})

test('a single picture and a fifth of a second of sound play and end; the next one follows', async () => {
  rig.show('picture')
  await expect(rig.open('picture', server.url('picture.mp4'))).resolves.toMatchObject({ hasVideo: true })
  await rig.until('the picture', () => rig.second() === 0)
  await rig.until('its end', () => rig.ended('picture') !== undefined)
  expect(rig.ended('picture')).toMatchObject({ error: null })
  expect(rig.ended('picture')!.positionMs).toBeLessThan(200)
  await expect(rig.open('blip', server.url('blip.mp3'))).resolves.toMatchObject({ hasAudio: true })
  await rig.until('its end', () => rig.ended('blip') !== undefined)
  expect(rig.ended('blip')).toMatchObject({ error: null })
  expect(rig.ended('blip')!.positionMs).toBeLessThan(500)
  // Under the name of one that was over.
  rig.events.length = 0
  await rig.open('picture', server.url('changing.mp4'))
  await rig.until('the next one', () => rig.second() >= 0 && rig.levelDb() > -14)
})

test('seeking beyond the edges lands on them: the end is its end, once it plays', async () => {
  rig.show('film')
  await rig.open('film', server.url('changing.mp4'))
  rig.players.pause('film')
  const { positionMs } = await rig.players.seek('film', 60_000)
  expect(Math.abs(positionMs - 4000)).toBeLessThan(100)
  await rig.until('its last picture', () => rig.second() === 3)
  expect(rig.ended('film')).toBeUndefined()
  await expect(rig.players.seek('film', -5000)).resolves.toEqual({ positionMs: 0 })
  await rig.until('its first picture', () => rig.second() === 0)
  await rig.players.seek('film', 60_000)
  rig.players.resume('film')
  await rig.until('its end', () => rig.ended('film') !== undefined)
  expect(rig.ended('film')).toMatchObject({ error: null })

  // One that is opened behind its end has one too.
  rig.events.length = 0
  await rig.open('late', server.url('changing.mp4'), { positionMs: 60_000 })
  await rig.until('its end', () => rig.ended('late') !== undefined)
  expect(rig.ended('late')).toMatchObject({ error: null })
  // Closed while it stands still: nothing is told of it any more.
  rig.events.length = 0
  await rig.open('stopped', server.url('changing.mp4'))
  rig.players.pause('stopped')
  rig.players.close('stopped')
  await rig.until('its process to be gone', () => livingPlayerPids().length === 0)
  expect(rig.events.map(({ type }) => type)).toEqual(['player.state'])
})
