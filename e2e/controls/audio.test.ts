import { afterAll, beforeAll, expect, test } from 'vitest'
import type { VideoMember } from '@roomful/protocol'
import { BrowserMember, type Client } from '../support/BrowserMember.ts'
import { describeClients } from '../support/clients.ts'
import { person } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { joinSimulated, toneOf } from '../support/simulated.ts'
import { expectMemberUpdate } from '../support/state.ts'
import { waitFor } from '../support/waitFor.ts'

const room = 'audio'
const toleranceDb = 1.5
/** Below this nothing of a tone is left; a tone of the tests lies 60 dB above. */
const silenceDb = -90

let server: TestServer
const members = {} as Record<Client, BrowserMember>
const ids = {} as Record<Client, string>

beforeAll(async () => {
  server = await startTestServer()
  for (const [index, client] of (['roomful', 'stock'] as const).entries()) {
    members[client] = await BrowserMember.open(person(index), client, server.url)
    await members[client].join(await server.token(room, person(index).name))
    ids[client] = await members[client].memberId()
  }
})

afterAll(async () => {
  await members.roomful?.close()
  await members.stock?.close()
  await server?.close()
})

const otherOf = (client: Client): Client => (client === 'stock' ? 'roomful' : 'stock')

/** Windows in a row, a tenth of a second apart, that must agree: a level on its way passes through many. */
const windowsInARow = 4

async function listenUntil(
  listener: BrowserMember,
  toneHz: number,
  what: string,
  fits: (levelDb: number) => boolean,
): Promise<void> {
  let inARow = 0
  await waitFor(`${listener.client} to hear ${what} at ${toneHz} Hz`, async () => {
    const levelDb = (await listener.tonesDb([toneHz], 1))[0] ?? NaN
    inARow = fits(levelDb) ? inARow + 1 : 0
    if (inARow >= windowsInARow) return true
    throw new Error(`${levelDb.toFixed(1)} dB`)
  })
}

/** The level of a tone once it holds still. */
async function steadyLevelDb(listener: BrowserMember, toneHz: number): Promise<number> {
  let steadyDb = -Infinity
  await listenUntil(listener, toneHz, 'a steady tone', (levelDb) => {
    const steady = levelDb > -60 && Math.abs(levelDb - steadyDb) < 0.3
    steadyDb = levelDb
    return steady
  })
  return steadyDb
}

async function expectLevel(listener: BrowserMember, toneHz: number, expectedDb: number): Promise<void> {
  await listenUntil(
    listener,
    toneHz,
    `${expectedDb.toFixed(1)} dB`,
    (levelDb) => Math.abs(levelDb - expectedDb) <= toleranceDb,
  )
}

async function expectSilence(listener: BrowserMember, toneHz: number): Promise<void> {
  await listenUntil(listener, toneHz, 'silence', (levelDb) => levelDb < silenceDb)
}

describeClients((client) => {
  const subject = (): BrowserMember => members[client]
  const other = (): BrowserMember => members[otherOf(client)]
  const ownId = (): string => ids[client]
  const otherId = (): string => ids[otherOf(client)]
  const clearEvents = async (): Promise<void> => {
    await Promise.all([subject().clearEvents(), other().clearEvents()])
  }

  test('setInputVolume makes a member louder or quieter for the others by that many dB', async () => {
    const { toneHz } = subject().person
    const normalDb = await steadyLevelDb(other(), toneHz)
    for (const volume of [-10, 6]) {
      await clearEvents()
      await subject().call('setInputVolume', { volume })
      await expectLevel(other(), toneHz, normalDb + volume)
      for (const viewer of [subject(), other()]) {
        await expectMemberUpdate(viewer, ownId(), { input_volume: volume })
      }
    }
    await subject().call('setInputVolume', { volume: -50 })
    await expectSilence(other(), toneHz)
    await subject().call('setInputVolume', { volume: 0 })
    await expectLevel(other(), toneHz, normalDb)

    const theirs = other().person.toneHz
    const theirDb = await steadyLevelDb(subject(), theirs)
    await subject().call('setInputVolume', { memberId: otherId(), volume: -12 })
    await expectLevel(subject(), theirs, theirDb - 12)
    await subject().call('setMicrophoneVolume', { memberId: otherId(), volume: 0 })
    await expectLevel(subject(), theirs, theirDb)
  })

  test('setOutputVolume changes by that many dB how loud a member hears the room', async () => {
    const { toneHz } = other().person
    const normalDb = await steadyLevelDb(subject(), toneHz)
    const atTheOtherDb = await steadyLevelDb(other(), subject().person.toneHz)
    for (const volume of [-10, 6]) {
      await clearEvents()
      await subject().call('setOutputVolume', { volume })
      await expectLevel(subject(), toneHz, normalDb + volume)
      for (const viewer of [subject(), other()]) {
        await expectMemberUpdate(viewer, ownId(), { output_volume: volume })
      }
    }
    // Nobody else hears a difference.
    await expectLevel(other(), subject().person.toneHz, atTheOtherDb)
    await subject().call('setOutputVolume', { volume: -50 })
    await expectSilence(subject(), toneHz)
    await subject().call('setSpeakerVolume', { volume: 0 })
    await expectLevel(subject(), toneHz, normalDb)

    await subject().call('setOutputVolume', { memberId: otherId(), volume: -12 })
    await expectLevel(other(), subject().person.toneHz, atTheOtherDb - 12)
    await subject().call('setOutputVolume', { memberId: otherId(), volume: 0 })
    await expectLevel(other(), subject().person.toneHz, atTheOtherDb)
  })

  test('deaf lets a member hear nothing and mutes its microphone; undeaf gives both back', async () => {
    for (const [target, targetId, params] of [
      [subject(), ownId(), {}],
      [other(), otherId(), { memberId: otherId() }],
    ] as const) {
      const hearer = target === subject() ? other() : subject()
      await steadyLevelDb(target, hearer.person.toneHz)
      await steadyLevelDb(hearer, target.person.toneHz)
      await clearEvents()
      await subject().call('deaf', params)
      await expectSilence(target, hearer.person.toneHz)
      await expectSilence(hearer, target.person.toneHz)
      for (const viewer of [subject(), other()]) {
        await expectMemberUpdate(viewer, targetId, { deaf: true, audio_muted: true })
      }

      // As documented: the microphone may be unmuted by hand while deaf.
      if (target === subject()) {
        await subject().call('audioUnmute')
        await steadyLevelDb(hearer, target.person.toneHz)
        await expectSilence(target, hearer.person.toneHz)
        await subject().call('audioMute')
        await expectSilence(hearer, target.person.toneHz)
      }

      await clearEvents()
      await subject().call('undeaf', params)
      await steadyLevelDb(target, hearer.person.toneHz)
      await steadyLevelDb(hearer, target.person.toneHz)
      for (const viewer of [subject(), other()]) {
        await expectMemberUpdate(viewer, targetId, { deaf: false, audio_muted: false })
      }
    }
  })

  test('setInputSensitivity decides which of two levels counts as talking, and 0 lets nobody be heard', async () => {
    const loud = await joinSimulated(server, room, person(2), { audio: toneOf(person(2).toneHz, 0.15) })
    const quiet = await joinSimulated(server, room, person(3), { audio: toneOf(person(3).toneHz, 0.015) })
    const names = new Map([
      [loud.memberId, 'loud'],
      [quiet.memberId, 'quiet'],
    ])
    const talkers = async (viewer: BrowserMember): Promise<string> => {
      const { members: all } = (await viewer.call('getMembers')) as { members: VideoMember[] }
      return all
        .filter((member) => names.has(member.id) && member.talking)
        .map((member) => names.get(member.id))
        .join()
    }
    const setAll = async (value: number): Promise<void> => {
      for (const memberId of names.keys()) await subject().call('setInputSensitivity', { memberId, value })
    }
    for (const [sensitivity, expected] of [
      [10, 'loud'],
      [60, 'loud,quiet'],
      [0, ''],
      [10, 'loud'],
    ] as const) {
      await setAll(sensitivity)
      await waitFor(`"${expected}" to talk at sensitivity ${sensitivity}`, async () => {
        const seen = await talkers(subject())
        if (seen === expected) return true
        throw new Error(`talking: ${seen}`)
      })
      if (sensitivity === 0)
        for (const { toneHz } of [person(2), person(3)]) await expectSilence(other(), toneHz)
    }
    // Each client was told the same by its events, under all their names.
    for (const viewer of [subject(), other()]) {
      const told = async (name: string): Promise<string> =>
        (await viewer.events(name))
          .map(({ payload }) => payload['member'] as { id: string; talking: boolean })
          .filter(({ id }) => id === loud.memberId)
          .map(({ talking }) => (talking ? '+' : '-'))
          .join('')
      await waitFor('loud to have talked, been silent and talked again', async () =>
        (await told('member.talking')).endsWith('+-+'),
      )
      const ups = (await told('member.talking')).replaceAll('-', '')
      for (const name of ['member.talking.started', 'member.talking.start'])
        expect(await told(name)).toBe(ups)
      for (const name of ['member.talking.ended', 'member.talking.stop'])
        expect(await told(name)).toMatch(/^-+$/)
    }
    await loud.leave()
    await quiet.leave()

    // Oneself.
    await clearEvents()
    const ownTalking = async (): Promise<boolean | undefined> =>
      (await other().events('member.talking'))
        .map(({ payload }) => payload['member'] as { id: string; talking: boolean })
        .findLast(({ id }) => id === ownId())?.talking
    await subject().call('setInputSensitivity', { value: 0 })
    await waitFor('talking to end', async () => (await ownTalking()) === false)
    await expectMemberUpdate(other(), ownId(), { input_sensitivity: 0 })
    await subject().call('setInputSensitivity', { value: 30 })
    await waitFor('talking to begin', async () => (await ownTalking()) === true)
  })
})
