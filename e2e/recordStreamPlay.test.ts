import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { colorDistance, type SimulatedMember } from '@roomful/load-test'
import { ClipServer } from '@roomful/media/players/testing/ClipServer'
import { colourAt, toneHzAt, writeClip } from '@roomful/media/players/testing/clips'
import type { Yuv } from '@roomful/media/video/testKit'
import { BrowserMember, type Client, type RoomUnderTest } from './support/BrowserMember.ts'
import { describeClients } from './support/clients.ts'
import { NginxRtmp } from './support/NginxRtmp.ts'
import { person } from './support/people.ts'
import { colorTolerance, rgbOf } from './support/picture.ts'
import { analyseRecording } from './support/recordingAnalysis.ts'
import { joinSimulated } from './support/simulated.ts'
import { startTestServer, type TestServer } from './support/server.ts'
import { waitFor } from './support/waitFor.ts'

const room = 'studio'
const filmSeconds = 48

/** What a test keeps in a page: objects of the client, and what it was told of objects, in order. */
type Seen = { name: string; id: string; state: string; position?: number; volume?: number; duration?: number }
type LiveObject = Record<string, (...args: unknown[]) => Promise<void>> & Seen & { seekable?: boolean }
declare global {
  interface Window {
    live: LiveObject
    told: Seen[]
  }
}

let folder: string
let server: TestServer
let rtmp: NginxRtmp
let clips: ClipServer
/** Both in one Chromium, which has one camera; the third member has a colour of its own. */
const members = {} as Record<Client, BrowserMember>
let third: SimulatedMember
/** Where the first and the third member are seen. */
let spots: Record<'first' | 'third', { x: number; y: number }>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roomful-film-'))
  await writeClip({ path: join(folder, 'film.mp4'), seconds: filmSeconds })
  clips = await ClipServer.start(folder)
  rtmp = await NginxRtmp.start()
  server = await startTestServer({ config: { allowedHosts: ['127.0.0.1'] } })
  members.roomful = await BrowserMember.open(person(0), 'roomful', server.url)
  members.stock = await BrowserMember.open(person(1), 'stock', server.url, members.roomful)
  for (const member of Object.values(members)) {
    await member.join(await server.token(room, member.person.name))
    await member.call('audioMute')
    await listen(member)
  }
  third = await joinSimulated(server, room, person(2), { audio: null })
  spots = await waitFor('everybody to have a tile', async () => {
    const layers = (await members.roomful.layout())?.layers.filter(({ member_id }) => member_id !== null)
    if (layers?.length !== 3) throw new Error(`${layers?.length} tiles`)
    const middleOf = (id: string) => {
      const { x = 0, y = 0, width = 0, height = 0 } = layers.find(({ member_id }) => member_id === id) ?? {}
      return { x: x + width / 2, y: y + height / 2 }
    }
    return { first: middleOf(await members.roomful.memberId()), third: middleOf(third.memberId) }
  })
})

afterAll(async () => {
  await third?.leave()
  await members.stock?.close()
  await members.roomful?.close()
  await server?.close()
  await rtmp?.close()
  clips?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Writes down what a page is told from now on. */
function listen(member: BrowserMember): Promise<void> {
  return member.page.evaluate(() => {
    window.told = []
    for (const kind of ['recording', 'stream', 'playback']) {
      for (const what of ['started', 'updated', 'ended']) {
        const name = `${kind}.${what}`
        window.room.on(name, (object) => {
          const { id, state, position, volume, duration } = object as LiveObject
          window.told.push({ name, id, state, position, volume, duration } as Seen)
        })
      }
    }
  })
}

/** Waits until a page has been told something that fits; gives it. */
function told(member: BrowserMember, name: string, fits: Partial<Seen> = {}): Promise<Seen> {
  return waitFor(`${member.client} to be told ${name} ${JSON.stringify(fits)}`, async () => {
    const all = await member.page.evaluate(() => window.told)
    const found = all.find((each) =>
      Object.entries({ name, ...fits }).every(([key, value]) => each[key as keyof Seen] === value),
    )
    if (found === undefined) throw new Error(JSON.stringify(all))
    return found
  })
}

/** Starts something and keeps its object in the page; gives its id and state. */
function begin(
  member: BrowserMember,
  method: string,
  params?: object,
): Promise<{ id: string; state: string }> {
  return member.page.evaluate(
    async ({ method, params }) => {
      const made = (await (window.room as RoomUnderTest)[method]?.(params)) as LiveObject & {
        stream?: LiveObject
      }
      // The stock client's startStream resolves with {stream}.
      window.live = made.stream ?? made
      return { id: window.live.id, state: window.live.state }
    },
    { method, params },
  )
}

/** Calls a method of that object; gives the code of a refusal, else null. */
function act(member: BrowserMember, method: string, ...args: unknown[]): Promise<string | null> {
  return member.page.evaluate(
    async ({ method, args }) => {
      try {
        await window.live[method]?.(...args)
        return null
      } catch (error) {
        return (error as { code: string }).code
      }
    },
    { method, args },
  )
}

/** Ids and states of a list of the room. */
function list(member: BrowserMember, method: string, key: string): Promise<{ id: string; state: string }[]> {
  return member.page.evaluate(
    async ({ method, key }) => {
      const lists = (await window.room[method]?.()) as Record<string, LiveObject[]>
      return (lists[key] ?? []).map(({ id, state }) => ({ id, state }))
    },
    { method, key },
  )
}

async function roomFlag(
  member: BrowserMember,
  flag: 'recording' | 'streaming',
  value: boolean,
): Promise<void> {
  await waitFor(`${member.client} to be told ${flag} ${value}`, async () => {
    const updates = await member.events('room.updated')
    return updates.some(({ payload }) => (payload['room_session'] as Record<string, unknown>)[flag] === value)
  })
}

describeClients((client) => {
  const subject = (): BrowserMember => members[client]
  const other = (): BrowserMember => members[client === 'stock' ? 'roomful' : 'stock']
  const clear = async (): Promise<void> => {
    for (const member of Object.values(members)) {
      await member.clearEvents()
      await member.page.evaluate(() => void (window.told.length = 0))
    }
  }

  test('startRecording records the room into a file; pause, resume, stop and getRecordings', async () => {
    await clear()
    const { id, state } = await begin(subject(), 'startRecording')
    expect(state).toBe('recording')
    await told(other(), 'recording.started', { id, state: 'recording' })
    await roomFlag(other(), 'recording', true)
    const path = join(server.config.dataDir, 'recordings', `${id}.mp4`)
    await waitFor('something to be in the file', () => statSync(path).size > 20_000)
    expect(await act(subject(), 'pause')).toBeNull()
    await told(other(), 'recording.updated', { id, state: 'paused' })
    expect(await act(subject(), 'resume')).toBeNull()
    await told(other(), 'recording.updated', { id, state: 'recording' })
    const sizeBytes = statSync(path).size
    await waitFor('more to be in the file', () => statSync(path).size > sizeBytes + 10_000)
    expect(await act(subject(), 'stop')).toBeNull()
    const ended = await told(other(), 'recording.ended', { id, state: 'completed' })
    expect(ended.duration).toBeGreaterThan(0)
    await roomFlag(other(), 'recording', false)
    expect(await act(subject(), 'stop')).toBe('409')
    expect(await list(other(), 'getRecordings', 'recordings')).toContainEqual({ id, state: 'completed' })
    const file = await waitFor('the file to be closed', async () => {
      const analysis = await analyseRecording(path, { spots })
      if (analysis.pictures.length < 20) throw new Error(`${analysis.pictures.length} pictures`)
      return analysis
    })
    expect(file.durationMs / 1000).toBeGreaterThan((ended.duration ?? 0) - 1)
    expect(file.durationMs / 1000).toBeLessThan((ended.duration ?? 0) + 1)
    expectBoth(file)
  })

  test('startStream sends the room to an RTMP server; getStreams and stop', async () => {
    await clear()
    const nowhere = 'rtmp://127.0.0.1:1/live/secret'
    const refused = await subject().tryCall('startStream', { url: nowhere })
    expect(refused).toMatchObject({ ok: false, error: { code: '409' } })
    expect(JSON.stringify(refused)).not.toContain('secret')
    const key = `key-${client}`
    const { id, state } = await begin(subject(), 'startStream', { url: rtmp.url(key) })
    expect(state).toBe('streaming')
    await told(other(), 'stream.started', { id })
    await roomFlag(other(), 'streaming', true)
    expect(await list(other(), 'getStreams', 'streams')).toEqual([{ id, state: 'streaming' }])
    // A picture can be decoded from the next keyframe on.
    expectBoth(await analyseRecording(rtmp.url(key), { spots, liveMs: 4000 }))
    expect(await act(subject(), 'stop')).toBeNull()
    await told(other(), 'stream.ended', { id, state: 'completed' })
    await roomFlag(other(), 'streaming', false)
    expect(await list(subject(), 'getStreams', 'streams')).toEqual([])
  })

  test('play is seen and heard by all: setVolume, pause, seek, getPlaybacks for who comes late, and its end', async () => {
    await clear()
    const refused = await subject().tryCall('play', { url: clips.url('missing.mp4') })
    expect(refused).toMatchObject({ ok: false, error: { code: '409' } })
    const { id, state } = await begin(subject(), 'play', { url: clips.url('film.mp4') })
    expect(state).toBe('playing')
    await told(other(), 'playback.started', { id, state: 'playing' })
    await waitFor('the layout to say so', async () => {
      const layout = await other().layout()
      return layout?.layers.some(({ position, playing_file }) => position === 'playback' && playing_file)
    })
    for (const member of Object.values(members)) await seesSecond(member)
    const normalDb = await steadyDb(other())
    expect(await act(subject(), 'setVolume', -20)).toBeNull()
    await told(other(), 'playback.updated', { id, volume: -20 })
    for (const member of Object.values(members)) await hears(member, normalDb - 20)

    expect(await act(subject(), 'pause')).toBeNull()
    await told(other(), 'playback.updated', { id, state: 'paused' })
    expect(await act(subject(), 'seek', 4400)).toBeNull()
    const moved = await told(other(), 'playback.updated', { id, state: 'paused', volume: -20 })
    expect(moved.position).toBeDefined()
    // It lands at most one keyframe, which is a second, before.
    for (const member of Object.values(members)) await seesSecond(member, 4)
    const late = await BrowserMember.open(person(3), 'roomful', server.url, other())
    try {
      await late.join(await server.token(room, 'late', { ja: 'audience', s: ['room.playback'] }))
      await seesSecond(late, 4)
    } finally {
      await late.leave()
      await late.close()
    }
    expect(await list(other(), 'getPlaybacks', 'playbacks')).toContainEqual({ id, state: 'paused' })
    expect(await act(subject(), 'resume')).toBeNull()
    await told(other(), 'playback.updated', { id, state: 'playing' })
    expect(await act(subject(), 'seek', (filmSeconds - 1) * 1000)).toBeNull()
    const ended = await told(other(), 'playback.ended', { id, state: 'completed' })
    expect(Math.abs((ended.position ?? 0) - filmSeconds * 1000)).toBeLessThan(500)
    expect(await act(subject(), 'stop')).toBe('409')
    expect(await list(subject(), 'getPlaybacks', 'playbacks')).toContainEqual({ id, state: 'completed' })
  })
})

/** Both members' colours, in their tiles, at the end of what was recorded or pulled. */
function expectBoth({ pictures }: { pictures: { colours: Record<keyof typeof spots, Yuv> }[] }): void {
  const last = pictures.at(-1)?.colours
  if (last === undefined) throw new Error('There is no picture in it')
  for (const [spot, index] of [['first', 0] as const, ['third', 2] as const]) {
    const seen = rgbOf(last[spot])
    expect(colorDistance(seen, person(index).color), JSON.stringify(seen)).toBeLessThan(colorTolerance)
  }
}

/** Waits until the film is on the whole canvas: any second of it, or this one. */
async function seesSecond(member: BrowserMember, second?: number): Promise<void> {
  const seconds = second === undefined ? [0, 1, 2, 3, 4, 5] : [second]
  await waitFor(`${member.person.name} (${member.client}) to see the film`, async () => {
    const picture = await member.colorsAt([
      [10, 12],
      [50, 50],
      [90, 88],
    ])
    if (picture === null) throw new Error('no picture')
    const isFilm = seconds.some((each) =>
      picture.colors.every((color) => colorDistance(color, rgbOf(colourAt(each))) < 90),
    )
    if (!isFilm) throw new Error(JSON.stringify(picture.colors))
    return true
  })
}

/** All tones of the film; of them one sounds at a time. */
const filmTones = [0, 1, 2, 3, 4, 5].map((second) => toneHzAt(second))

async function loudnessDb(member: BrowserMember): Promise<number> {
  return Math.max(...(await member.tonesDb(filmTones, 1)))
}

/** How loud the film is once that holds still. */
async function steadyDb(member: BrowserMember): Promise<number> {
  let lastDb = -Infinity
  let inARow = 0
  return waitFor(`${member.client} to hear the film`, async () => {
    const levelDb = await loudnessDb(member)
    inARow = levelDb > -40 && Math.abs(levelDb - lastDb) < 0.5 ? inARow + 1 : 0
    lastDb = levelDb
    if (inARow < 3) throw new Error(`${levelDb.toFixed(1)} dB`)
    return levelDb
  })
}

async function hears(member: BrowserMember, expectedDb: number): Promise<void> {
  let inARow = 0
  await waitFor(`${member.client} to hear the film at ${expectedDb.toFixed(1)} dB`, async () => {
    const levelDb = await loudnessDb(member)
    inARow = Math.abs(levelDb - expectedDb) <= 1.5 ? inARow + 1 : 0
    if (inARow < 3) throw new Error(`${levelDb.toFixed(1)} dB`)
    return true
  })
}
