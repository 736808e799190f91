import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  benchCredentials,
  childrenOf,
  colorDistance,
  ServerUnderTest,
  type SimulatedMember,
} from '@roomful/load-test'
import { isFinishedMp4 } from '@roomful/media/outputs/recording/measureMp4'
import { allPermissions, type VideoLayout } from '@roomful/protocol'
import type { RecordingResource } from '@roomful/protocol/rest'
import { BrowserMember, type RoomUnderTest } from '../support/BrowserMember.ts'
import { person } from '../support/people.ts'
import { colorTolerance, rgbOf } from '../support/picture.ts'
import { analyseRecording, scenarioSeconds, toneDb } from '../support/recordingAnalysis.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { joinSimulated } from '../support/simulated.ts'
import { waitFor } from '../support/waitFor.ts'
import { blinksOf, useBeepAndFlash } from './beepAndFlash.ts'
import { RecordedTime, type Bracket } from './RecordedTime.ts'
import { judgeRecording, type LayoutSince, type RecordedMember } from './watchRecording.ts'

const roomName = 'recorded'
const seconds = scenarioSeconds(18)
const pauseMs = 1500
/** Far from each other for windows of 10 ms. */
const frequenciesHz = { ada: 1000, bo: 1800 }
const third = person(2)

type Recording = { id: string; startedAt: Date; duration?: number }
declare global {
  interface Window {
    recording: Recording & Record<'pause' | 'resume' | 'stop', () => Promise<void>>
  }
}

let server: TestServer
/** Through our SDK; it records. */
let ada: BrowserMember
/** Through the stock client. */
let bo: BrowserMember
let guest: SimulatedMember | undefined

beforeAll(async () => {
  server = await startTestServer()
  ada = await BrowserMember.open(person(0), 'roomful', server.url)
  bo = await BrowserMember.open(person(1), 'stock', server.url, ada)
  await useBeepAndFlash(ada, { color: person(0).color, frequencyHz: frequenciesHz.ada, offsetMs: 0 })
  await useBeepAndFlash(bo, { color: person(1).color, frequencyHz: frequenciesHz.bo, offsetMs: 500 })
  for (const member of [ada, bo]) await member.join(await server.token(roomName, member.person.name))
  for (const member of [ada, bo]) {
    await waitFor(
      'a picture of both',
      async () => (await tiles(member)) === 2 && (await member.videoTime()) > 1,
    )
  }
})
afterAll(async () => {
  await guest?.leave()
  await bo?.close()
  await ada?.close()
  await server?.close()
})

async function tiles(member: BrowserMember): Promise<number | undefined> {
  return (await member.layout())?.layers.filter(({ member_id }) => member_id !== null).length
}

/** Asks for something of the recording; when that was, without the way between test and page. */
function ask(what: 'pause' | 'resume' | 'stop'): Promise<Bracket> {
  return ada.page.evaluate(async (what) => {
    const fromMs = performance.timeOrigin + performance.now()
    await window.recording[what]()
    return { fromMs, toMs: performance.timeOrigin + performance.now() }
  }, what)
}

function elapsed(ms: number): Promise<unknown> {
  const untilMs = performance.now() + ms
  return waitFor('time to pass', () => performance.now() >= untilMs, {
    timeoutMs: ms + 10_000,
    intervalMs: 20,
  })
}

/** All layouts that the page was told of. */
async function layoutsTold({ page }: BrowserMember): Promise<LayoutSince[]> {
  return page.evaluate(() =>
    window.events
      .filter(({ name }) => name === 'layout.changed')
      .map(({ payload, atMs }) => ({
        sinceMs: performance.timeOrigin + atMs,
        layout: (payload as { layout: VideoLayout }).layout,
      })),
  )
}

const medianOf = (sorted: readonly number[]): number => sorted[sorted.length >> 1] ?? Number.NaN
const p95Of = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * 0.95))] ??
  Number.NaN
const total = (values: Iterable<number>): number => [...values].reduce((sum, each) => sum + each, 0)

test(
  `${seconds} s of a room with layouts, a join, a leave and a pause: the file has all of it, in its place and time`,
  { retry: 1, timeout: 120_000 + seconds * 4000 },
  async () => {
    // Still there if this is the second attempt.
    await guest?.leave()
    const phaseMs = (seconds * 1000) / 6
    const statsBefore = await server.mediaStats(roomName)
    const startedAtMs = performance.now()
    const started = await ada.page.evaluate(async () => {
      const made = await (window.room as RoomUnderTest)['startRecording']?.()
      window.recording = made as Window['recording']
      const { id, startedAt } = window.recording
      return { id, startedAtMs: startedAt.getTime() }
    })
    await elapsed(phaseMs)
    guest = await joinSimulated(server, roomName, third, { audio: null })
    await elapsed(phaseMs)
    await ada.call('setLayout', { name: 'highlight-1-responsive' })
    await elapsed(phaseMs)
    const pause = await ask('pause')
    await elapsed(pauseMs)
    const resume = await ask('resume')
    await elapsed(phaseMs)
    await guest.leave()
    await elapsed(phaseMs)
    await bo.call('setLayout', { name: 'grid-responsive' })
    await elapsed(phaseMs)
    const stop = await ask('stop')
    const tookMs = performance.now() - startedAtMs
    const statsAfter = await server.mediaStats(roomName)

    const path = join(server.config.dataDir, 'recordings', `${started.id}.mp4`)
    await waitFor('the file to be closed', () => isFinishedMp4(path))
    const time = new RecordedTime(started.startedAtMs, { pause, resume, stop })
    const layouts = await layoutsTold(ada)
    const members: RecordedMember[] = [
      await blinker(ada, frequenciesHz.ada),
      await blinker(bo, frequenciesHz.bo),
      { id: guest.memberId, name: third.name, color: third.color },
    ]
    const { media, pictures, blinks } = await judgeRecording(path, { time, layouts, members })

    const composedFps =
      (((statsAfter?.framesComposed ?? 0) - (statsBefore?.framesComposed ?? 0)) * 1000) / tookMs
    const keptUp = composedFps >= 23
    // Browsers that wait for a processor send their picture later than their sound.
    const hadTime = composedFps >= 24.5
    console.info(
      `load ${loadavg()[0]?.toFixed(1)} on ${cpus().length} cores, ${composedFps.toFixed(1)} of 25 fps composed; ` +
        `recorded ${time.durationMs.toFixed(0)} ms (± ${time.uncertaintyMs.toFixed(0)}), ` +
        `the file lasts ${media.durationMs.toFixed(0)} ms; ${media.pictures.length} pictures, ` +
        `${pictures.wrong.length} of ${pictures.judged} not as their layout; sound gap ${media.largestSoundGapMs.toFixed(1)} ms; ` +
        `${third.name} seen after ${pictures.firstSeenMs.get(third.name)?.toFixed(0)} ms`,
    )
    for (const [name, seen] of blinks) {
      console.info(
        `${name}: ${seen.beepsFound} of ${seen.beepsExpected} beeps, ${seen.flashesFound} of ${seen.flashesExpected} flashes; ` +
          `beep minus flash: median ${medianOf(seen.offsetsMs).toFixed(0)} ms, ` +
          `${seen.offsetsMs[0]?.toFixed(0)} to ${seen.offsetsMs.at(-1)?.toFixed(0)} ms, worst ${seen.worst}; ` +
          `beeps ${medianOf(seen.beepDelaysMs).toFixed(0)} ms after they were made`,
      )
    }
    if (!keptUp) console.warn('The machine did not keep up: less is asked of the recording')
    else if (!hadTime)
      console.warn('The machine was busy: beep and flash may be further apart, and one may be missing')

    expect(media).toMatchObject({ width: 1280, height: 720, sampleRateHz: 48_000, channels: 2 })
    const { recordings } = (await ada.call('getRecordings')) as { recordings: Recording[] }
    const listed = recordings.find(({ id }) => id === started.id)
    expect(Math.abs((listed?.duration ?? 0) * 1000 - media.durationMs)).toBeLessThan(50)
    const errorMs = Math.abs(media.durationMs - time.durationMs)
    expect(errorMs).toBeLessThanOrEqual((keptUp ? 100 : 200) + time.uncertaintyMs)
    expect(media.largestSoundGapMs).toBeLessThan(1)

    // Two set, a join and a leave.
    expect(layouts.filter(({ sinceMs }) => sinceMs > time.startMs).length).toBeGreaterThanOrEqual(4)
    const share = keptUp ? 0.99 : 0.9
    expect(pictures.judged).toBeGreaterThan(seconds * (keptUp ? 8 : 4))
    expect(1 - pictures.wrong.length / pictures.judged, pictures.wrong[0]).toBeGreaterThanOrEqual(share)
    expect(pictures.firstSeenMs.has(third.name)).toBe(true)

    const all = [...blinks.values()]
    const missing = all.flatMap((each) => each.missing).join(', ')
    const beepsExpected = total(all.map((each) => each.beepsExpected))
    const flashesExpected = total(all.map((each) => each.flashesExpected))
    expect(beepsExpected).toBeGreaterThan(seconds)
    expect(flashesExpected).toBeGreaterThan(seconds * 0.6)
    // A hundredth of the few of a short run is none: a busy machine may lose one. One that leaves out every fifth
    // picture, and more in the browser, loses whole flashes, which are three pictures long.
    const most = (count: number, part: number): number => Math.max(Math.floor(count * part), hadTime ? 0 : 1)
    const beepsLost = beepsExpected - total(all.map((each) => each.beepsFound))
    const flashesLost = flashesExpected - total(all.map((each) => each.flashesFound))
    expect(beepsLost, missing).toBeLessThanOrEqual(most(beepsExpected, keptUp ? 0.01 : 0.1))
    expect(flashesLost, missing).toBeLessThanOrEqual(most(flashesExpected, keptUp ? 0.01 : 0.5))
    const p95Ms = p95Of(all.flatMap(({ offsetsMs }) => offsetsMs.map(Math.abs)))
    console.info(`all: 95 % of beeps and flashes within ${p95Ms.toFixed(0)} ms of each other`)
    for (const { offsetsMs } of all) expect(Math.abs(medianOf(offsetsMs))).toBeLessThanOrEqual(100)
    expect(p95Ms).toBeLessThanOrEqual(hadTime ? 100 : 250)
  },
)

async function blinker(member: BrowserMember, frequencyHz: number): Promise<RecordedMember> {
  const { name, color } = member.person
  return { id: await member.memberId(), name, color, blinks: await blinksOf(member), frequencyHz }
}

describe('SIGKILL during a recording', () => {
  const room = 'killed'
  const recordMs = 5000
  const dataDir = mkdtempSync(join(tmpdir(), 'roomful-killed-'))
  const recordingsDir = join(dataDir, 'recordings')
  const { projectId, apiToken } = benchCredentials
  const authorization = `Basic ${Buffer.from(`${projectId}:${apiToken}`).toString('base64')}`
  let server: ServerUnderTest
  let member: SimulatedMember | undefined

  beforeAll(async () => {
    server = await ServerUnderTest.start({ dataDir })
    await rest('/rooms', { name: room, record_on_start: true })
  })
  afterAll(async () => {
    member?.close()
    await server?.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  async function rest(path: string, body?: object): Promise<Record<string, unknown>> {
    const response = await fetch(`${server.url}/api/video${path}`, {
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      headers: { authorization, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(10_000),
    })
    const answer = (await response.json()) as Record<string, unknown>
    if (!response.ok) throw new Error(`${path} answered ${response.status} ${JSON.stringify(answer)}`)
    return answer
  }

  test.each([
    ['the server alone', false],
    ['the server with its media process and its recorder, at once', true],
  ])('of %s: the file plays up to the last 2 s and is listed as what it is', async (_, everything) => {
    const before = new Set(files())
    member = await joinSimulated(
      {
        webSocketUrl: server.webSocketUrl,
        token: (name, user) => server.tokens.token(name, user, { permissions: [...allPermissions] }),
      },
      room,
      third,
    )
    const file = await waitFor('a recording to begin with the session', () =>
      files().find((each) => !before.has(each) && statSync(join(recordingsDir, each)).size > 0),
    )
    await elapsed(recordMs)
    const media = [server.mediaPid, ...childrenOf(server.mediaPid)]
    const killedAtMs = Date.now()
    const killed = server.kill()
    if (everything) for (const pid of media) process.kill(pid, 'SIGKILL')
    await killed
    member.close()
    const { port } = new URL(server.url)
    server = await ServerUnderTest.start({ dataDir, port: Number(port), rtcPort: server.rtcPort })

    const row = await waitFor('the recording to be completed', async () => {
      const { data } = (await rest('/room_recordings')) as { data: RecordingResource[] }
      const found = data.find(({ id }) => file === `${id}.mp4`)
      if (found?.status !== 'completed') throw new Error(JSON.stringify(found))
      return found
    })
    const download = await fetch(row.uri ?? '')
    expect(download.status).toBe(200)
    const bytes = Buffer.from(await download.arrayBuffer())
    const path = join(dataDir, 'download.mp4')
    writeFileSync(path, bytes)
    const seen = await analyseRecording(path, { spots: { tile: { x: 70, y: 30 } } })

    const startedAtMs = Date.parse(row.started_at ?? '')
    const finishedAtMs = Date.parse(row.finished_at ?? '')
    const lostMs = killedAtMs - startedAtMs - seen.durationMs
    const shown = seen.pictures.filter(
      ({ colours }) => colorDistance(rgbOf(colours.tile), third.color) < colorTolerance,
    )
    console.info(
      `${everything ? 'everything' : 'the server'} killed ${killedAtMs - startedAtMs} ms after the start: the file ` +
        `plays ${seen.durationMs.toFixed(0)} ms, ${lostMs.toFixed(0)} ms are lost; ${shown.length} of ` +
        `${seen.pictures.length} pictures show the member; listed with ${row.duration} s, ${row.size_in_bytes} bytes, ` +
        `finished ${finishedAtMs - startedAtMs} ms after the start`,
    )
    expect(lostMs).toBeLessThanOrEqual(2000)
    expect(row.duration).toBe(Math.round(seen.durationMs / 1000))
    expect(row.size_in_bytes).toBe(bytes.length)
    expect(isFinishedMp4(path)).toBe(true)
    // Not before its last picture, and not after the kill, which the media may take a moment to notice.
    expect(finishedAtMs - startedAtMs).toBeGreaterThanOrEqual(Math.floor(seen.durationMs / 1000) * 1000)
    expect(finishedAtMs).toBeLessThan(killedAtMs + 2000)
    // Until its first picture there is none to see.
    expect(shown.length).toBeGreaterThan(seen.pictures.length / 2)
    expect(shown.at(-1)?.timeMs).toBe(seen.pictures.at(-1)?.timeMs)
    expect(seen.durationMs - (shown.at(-1)?.timeMs ?? 0)).toBeLessThan(500)
    const lastSecond = { fromMs: seen.durationMs - 1200, toMs: seen.durationMs - 200 }
    expect(toneDb(seen, third.toneHz, lastSecond)).toBeGreaterThan(-30)
  })

  function files(): string[] {
    try {
      return readdirSync(recordingsDir).filter((each) => each.endsWith('.mp4'))
    } catch {
      // The folder comes with the first recording.
      return []
    }
  }
})
