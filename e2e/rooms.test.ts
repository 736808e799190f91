import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { colorDistance, type SimulatedMember } from '@roomful/load-test'
import { toneNotesHz } from '@roomful/media/audio/RoomTones'
import { OpusRecorder, goertzelDb } from '@roomful/media/audio/testing/index'
import type { Person } from './support/fakeDevices.ts'
import { person } from './support/people.ts'
import { colorTolerance } from './support/picture.ts'
import { startTestServer, type TestServer } from './support/server.ts'
import { joinSimulated, Watcher } from './support/simulated.ts'
import { waitFor } from './support/waitFor.ts'

let server: TestServer

beforeEach(async () => {
  server = await startTestServer({ mediaProcesses: 1 })
})

afterEach(() => server.close())

const exitHz = toneNotesHz.exit[1]

/** Whether a note of 110 ms, 20 dB below full scale, is somewhere in it. */
function soundsIn(samples: Float32Array, frequencyHz: number): boolean {
  const window = 0.1 * 48_000
  for (let from = 0; from + window <= samples.length; from += window / 4) {
    if (goertzelDb(samples.subarray(from, from + window), 48_000, frequencyHz) > -25) return true
  }
  return false
}

test('two rooms in one media process never mix: neither colours nor tones', async () => {
  const everybody = [0, 1, 2, 3].map(person) as [Person, Person, Person, Person]
  const rooms = { left: [everybody[0], everybody[1]], right: [everybody[2], everybody[3]] } as const
  const foreign: string[] = []
  const heard = new Map<string, OpusRecorder>()
  const watchers: Watcher[] = []
  const others: SimulatedMember[] = []
  const rightFrames = { left: 0, right: 0 }

  for (const room of ['left', 'right'] as const) {
    const [first, second] = rooms[room]
    const strangers = everybody.filter((one) => one !== first && one !== second)
    watchers.push(
      await Watcher.join(server, room, first, (picture) => {
        let own = 0
        for (let x = 5; x < 100; x += 10) {
          const seen = picture.colorAt(x, 50)
          // The circle of a placeholder, which comes before the first picture, may have any colour.
          const mayBeCircle = rightFrames[room] === 0 && x > 10 && x < 90
          if (!mayBeCircle && strangers.some((one) => colorDistance(seen, one.color) < colorTolerance)) {
            foreign.push(`${room}: ${JSON.stringify(seen)} at x ${x} %`)
          }
          if ([first, second].some((one) => colorDistance(seen, one.color) < colorTolerance)) own++
        }
        if (own === 10) rightFrames[room]++
      }),
    )
    const recorder = new OpusRecorder()
    heard.set(room, recorder)
    others.push(await joinSimulated(server, room, second, { onOpus: (opus) => recorder.push(opus) }))
  }

  await waitFor('frames of both rooms', () => rightFrames.left > 75 && rightFrames.right > 75)
  expect(foreign).toEqual([])
  for (const room of ['left', 'right'] as const) {
    const [first] = rooms[room]
    const samples = heard.get(room)?.last(500) ?? new Float32Array()
    const level = (one: Person): number => goertzelDb(samples, 48_000, one.toneHz)
    expect(level(first)).toBeGreaterThan(-40)
    for (const stranger of everybody.filter((one) => !(rooms[room] as readonly Person[]).includes(one))) {
      expect(level(first) - level(stranger)).toBeGreaterThan(40)
    }
  }
  for (const recorder of heard.values()) recorder.clear()
  for (const watcher of watchers) await watcher.close()
  for (const recorder of heard.values()) {
    await waitFor('the tone of who left to be heard by who stays', () => soundsIn(recorder.samples, exitHz))
  }
  for (const member of others) await member.leave()
  // Only now does no packet come any more.
  for (const recorder of heard.values()) recorder.close()
})

type Use = { residentMiB: number; handles: number; threads: number; processes: number }

/** What a process holds, by /proc. */
function useOf(pid: number): Use {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1])
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return {
    residentMiB: field('VmRSS') / 1024,
    handles: readdirSync(`/proc/${pid}/fd`).length,
    threads: field('Threads'),
    processes: children === '' ? 0 : children.split(' ').length,
  }
}

test('50 joins and leaves leave memory, handles, threads and processes as they were', async () => {
  const resident = await joinSimulated(server, 'door', person(0))
  const [mediaPid] = server.mediaPids() as [number]
  const visit = async (): Promise<void> => {
    const visitor = await joinSimulated(server, 'door', person(1))
    await waitFor('the visitor to see the room', () => visitor.counts.frames > 0)
    await visitor.leave()
  }
  // The first visits fill pools, caches and arenas that stay.
  for (let i = 0; i < 10; i++) await visit()
  await waitFor('the visitors to be gone', async () => (await server.mediaStats('door'))?.legs === 1)
  const before = useOf(mediaPid)
  for (let i = 0; i < 50; i++) await visit()
  await waitFor('the visitors to be gone', async () => (await server.mediaStats('door'))?.legs === 1)
  await waitFor('threads and handles to be given back', () => {
    const now = useOf(mediaPid)
    return now.handles <= before.handles + 2 && now.threads <= before.threads + 1
  })
  const after = useOf(mediaPid)
  console.info(`media process before ${JSON.stringify(before)} after 50 visits ${JSON.stringify(after)}`)
  expect(after.processes).toBe(before.processes)
  // Bound: under 1 MiB for each visit of a member with picture and sound.
  expect(after.residentMiB - before.residentMiB).toBeLessThan(40)
  // The last visitor may know that it has left before the server has seen its socket close.
  await waitFor('the last socket to be closed', () => server.counts().connections === 1)
  expect(server.counts()).toMatchObject({ rooms: 1, participants: 1 })
  await resident.leave()
  await waitFor('the room to end', () => server.counts().rooms === 0)
})
