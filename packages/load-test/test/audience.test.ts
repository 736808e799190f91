import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePorts } from '@roomful/media/testing/freePorts'
import { goertzelDb, OpusRecorder, OpusTone } from '@roomful/media/audio/testing/index'
import type { RoomMediaStats } from '@roomful/media'
import { allPermissions } from '@roomful/protocol'
import { startServer, type RunningServer } from '@roomful/server'
import { atMost } from '../src/atMost.ts'
import { memberColors, type Rgb } from '../src/color.ts'
import { colorDistance, CompositeDecoder } from '../src/CompositeDecoder.ts'
import { SimulatedMember } from '../src/SimulatedMember.ts'
import { VideoClip } from '../src/VideoClip.ts'

const roomName = 'stalls'
const viewerCount = 40
const fps = 25
const tonesHz = [440, 710]
const audibleDb = -45
const colorTolerance = 60

const dataDir = mkdtempSync(join(tmpdir(), 'roomful-audience-'))
let server: RunningServer
const members: SimulatedMember[] = []
const viewers: Viewer[] = []
const colors = new Map<string, Rgb>()
const counts: number[] = []

/** Looks and listens until it has seen everybody's colour in its tile and heard everybody's tone. */
class Viewer {
  sees = false
  hears = false
  readonly #decoder = new CompositeDecoder()
  readonly #recorder = new OpusRecorder()

  #member: SimulatedMember | undefined

  static async join(token: string, name: string): Promise<Viewer> {
    const viewer = new Viewer()
    viewer.#member = await SimulatedMember.join({
      url: server.webSocketUrl,
      token,
      name,
      audio: null,
      video: null,
      bindAddress: '127.0.0.1',
      rembBps: 150_000,
      onFrame: (frame) => viewer.look(frame.data),
      onOpus: (opus) => viewer.listen(opus),
    })
    return viewer
  }

  get member(): SimulatedMember {
    if (this.#member === undefined) throw new Error('The viewer has not joined yet')
    return this.#member
  }

  look(data: Uint8Array): void {
    if (this.sees) return
    const picture = this.#decoder.decode(data)
    const layers = this.#member?.layout?.layers.filter(({ member_id: id }) => id !== null) ?? []
    if (picture === undefined || layers.length !== colors.size) return
    this.sees = layers.every(({ member_id: id, x, y, width, height }) => {
      const color = colors.get(id ?? '')
      const seen = picture.colorAt(x + width * 0.75, y + height * 0.3)
      return color !== undefined && colorDistance(seen, color) < colorTolerance
    })
  }

  listen(opus: Uint8Array): void {
    if (this.hears) return
    this.#recorder.push(opus)
    if (this.#recorder.samples.length < 24_000) return
    const samples = this.#recorder.last(400)
    this.hears = tonesHz.every((hz) => goertzelDb(samples, 48_000, hz) > audibleDb)
    this.#recorder.clear()
  }

  async leave(): Promise<void> {
    await this.member.leave()
    this.#decoder.close()
    this.#recorder.close()
  }
}

beforeAll(async () => {
  server = await startServer({
    host: '127.0.0.1',
    port: 0,
    rtcHost: '127.0.0.1',
    rtcPort: await freePorts(2),
    mediaProcesses: 1,
    dataDir,
    logLevel: 'warn',
  })
  for (const [index, toneHz] of tonesHz.entries()) {
    const color = memberColors[index] as Rgb
    const tone = new OpusTone({ frequencyHz: toneHz, amplitude: 0.25 })
    const member = await SimulatedMember.join({
      url: server.webSocketUrl,
      token: await server.mintToken({
        r: roomName,
        u: `Member ${index}`,
        s: [...allPermissions],
        ja: 'member',
        ma: 'all',
        acr: true,
      }),
      name: `Member ${index}`,
      audio: Array.from({ length: 50 }, () => tone.next().payload),
      video: VideoClip.encode({ color, width: 640, height: 360, fps, bitrateBps: 500_000, frames: 50 }),
      bindAddress: '127.0.0.1',
      onEvent: (type, params) => {
        if (index === 0 && type === 'video.room.audience_count') counts.push(Number(params['total']))
      },
    })
    tone.close()
    members.push(member)
    colors.set(member.memberId, color)
  }
})

afterAll(async () => {
  await Promise.all(viewers.map((viewer) => viewer.leave()))
  await Promise.all(members.map((member) => member.leave()))
  await server?.close()
  rmSync(dataDir, { recursive: true, force: true })
})

test('an audience of 40 sees and hears the room, which codes no more for 40 than for one', async () => {
  await joinViewers(1)
  const forOne = await ratesOver(2000)
  const startedAtMs = performance.now()
  await joinViewers(viewerCount - 1)
  await until('everybody to see and hear both members', () =>
    viewers.every(({ sees, hears }) => sees && hears),
  )
  const forAll = await ratesOver(2000)
  const elapsedSeconds = (performance.now() - startedAtMs) / 1000

  expect(forAll.legs).toBe(members.length + viewerCount)
  expect(forAll.sources).toBe(members.length)
  // Whole frames of two seconds; the first and the last may belong to either.
  for (const name of ['framesDecoded', 'framesEncoded', 'framesComposed'] as const)
    expect(forAll[name], `${name}: ${forOne[name]} a second for one`).toBeLessThan(forOne[name] * 1.15 + 2)

  await until('the count of all', () => counts.at(-1) === viewerCount)
  // At most one a second; the last one may be late.
  expect(counts.length).toBeLessThanOrEqual(elapsedSeconds + 3)
  expect(viewers.map(({ member }) => member.endedBy)).toEqual(viewers.map(() => undefined))

  const gone = viewers.splice(0, 10)
  await Promise.all(gone.map((viewer) => viewer.leave()))
  await until('the count of the rest', () => counts.at(-1) === viewerCount - gone.length)
})

test('who was removed need not wait for anything to leave', async () => {
  const { member } = viewers[0] as Viewer
  await members[0]?.request('video.member.remove', { member_id: member.memberId })
  await until('the viewer to be told', () => member.endedBy !== undefined)
  const startedAtMs = performance.now()
  await member.leave()
  expect(performance.now() - startedAtMs).toBeLessThan(5000)
  await until('the count without it', () => counts.at(-1) === viewers.length - 1)
})

async function joinViewers(count: number): Promise<void> {
  const joins = await atMost(10, count, async (index) => {
    const name = `Viewer ${index}`
    const token = await server.mintToken({
      r: roomName,
      u: name,
      s: [],
      ja: 'audience',
      ma: 'all',
      acr: true,
    })
    viewers.push(await Viewer.join(token, name))
  })
  for (const join of joins) if (join.status === 'rejected') throw join.reason
}

/** What the room's media process has done per second, over a time. */
async function ratesOver(durationMs: number): Promise<RoomMediaStats> {
  const before = await stats()
  const startedAtMs = performance.now()
  await until('the time to pass', () => performance.now() - startedAtMs > durationMs)
  const after = await stats()
  const seconds = (performance.now() - startedAtMs) / 1000
  const rate = (name: keyof RoomMediaStats): number => (Number(after[name]) - Number(before[name])) / seconds
  return {
    ...after,
    framesDecoded: rate('framesDecoded'),
    framesEncoded: rate('framesEncoded'),
    framesComposed: rate('framesComposed'),
  }
}

async function stats(): Promise<RoomMediaStats> {
  const now = await server.mediaStats(roomName)
  if (now === undefined) throw new Error('The room does not run')
  return now
}

async function until(
  what: string,
  check: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  while (!(await check())) {
    if (performance.now() > deadlineMs) throw new Error(`Waited ${timeoutMs} ms for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
