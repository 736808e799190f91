import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { SimulatedMember } from '@roomful/load-test'
import {
  allPermissions,
  type RoomTokenClaims,
  type VideoMember,
  type VideoRoomSession,
} from '@roomful/protocol'
import { BrowserMember, type Client, type Outcome } from '../support/BrowserMember.ts'
import { describeClients } from '../support/clients.ts'
import { person } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { joinSimulated } from '../support/simulated.ts'
import { expectMemberUpdate, expectRoomUpdate } from '../support/state.ts'
import { waitFor } from '../support/waitFor.ts'

const room = 'requests'

let server: TestServer
const pages = {} as Record<Client, BrowserMember>
/** Stays through all tests, without sound, and writes down the type of every event. */
let witness: SimulatedMember
const seen: string[] = []

beforeAll(async () => {
  server = await startTestServer()
  witness = await joinSimulated(server, room, person(3), { audio: null, onEvent: (type) => seen.push(type) })
  pages.roomful = await BrowserMember.open(person(0), 'roomful', server.url)
  pages.stock = await BrowserMember.open(person(0), 'stock', server.url, pages.roomful)
})

afterEach(async () => {
  for (const page of Object.values(pages)) {
    if ((await page.property('active')) === true) await page.leave()
  }
  await waitFor('the witness to be alone', async () => (await stateOfRoom()).members.length === 1)
})

afterAll(async () => {
  await witness?.leave()
  await pages.stock?.close()
  await pages.roomful?.close()
  await server?.close()
})

const join = async (page: BrowserMember, claims: Partial<RoomTokenClaims> = {}): Promise<string> => {
  await page.join(await server.token(room, page.client, claims))
  return page.memberId()
}

/** All that requests can change, as somebody else sees it. Who talks comes and goes by itself. */
async function stateOfRoom(): Promise<{ members: VideoMember[]; meta: unknown; layout: unknown }> {
  const { members } = (await witness.request('video.members.get')) as { members: VideoMember[] }
  const { meta } = (await witness.request('video.get_meta')) as { meta: unknown }
  return { members: members.map((member) => ({ ...member, talking: false })), meta, layout: witness.layout }
}

/** Events that come without a request, some time after what they tell of. */
const byThemselves = ['video.member.talking', 'video.room.audience_count']

/** Runs what must be refused, and sees that the room is the same after it and nobody was told anything. */
async function expectNothingChanges(run: () => Promise<void>): Promise<void> {
  const before = await stateOfRoom()
  const eventsBefore = seen.length
  await run()
  expect(await stateOfRoom()).toEqual(before)
  expect(seen.slice(eventsBefore).filter((type) => !byThemselves.includes(type))).toEqual([])
}

type Call = readonly [method: string, ...args: unknown[]]

const errorOf = (outcome: Outcome): Partial<{ code: string; message: string; isError: boolean }> =>
  outcome.ok ? {} : outcome.error

/** What may be asked of a member: oneself, somebody else, or nobody that there is. */
const memberCalls = (target: { memberId?: string }): Call[] => [
  ['audioMute', target],
  ['audioUnmute', target],
  ['videoMute', target],
  ['videoUnmute', target],
  ['deaf', target],
  ['undeaf', target],
  ['setInputVolume', { ...target, volume: 1 }],
  ['setOutputVolume', { ...target, volume: 1 }],
  ['setInputSensitivity', { ...target, value: 31 }],
  ['setMemberPosition', { ...target, position: 'auto' }],
  ['setRaisedHand', { ...target, raised: true }],
  ['setRaisedHand', { ...target, raised: false }],
  ['setMemberMeta', { ...target, meta: { a: 1 } }],
  ['updateMemberMeta', { ...target, meta: { b: 1 } }],
  ['deleteMemberMeta', { ...target, keys: ['a', 'b'] }],
]

const roomCalls: readonly Call[] = [
  ['getLayouts'],
  ['setLayout', { name: 'grid-responsive' }],
  ['setPositions', { positions: { self: 'auto' } }],
  ['setHideVideoMuted', true],
  ['setHideVideoMuted', false],
  ['hideVideoMuted'],
  ['showVideoMuted'],
  ['lock'],
  ['unlock'],
  ['setPrioritizeHandraise', true],
  ['setPrioritizeHandraise', false],
  ['setMeta', { a: 1 }],
  ['updateMeta', { a: 2 }],
  ['deleteMeta', ['a']],
]

const nobody = { memberId: '00000000-0000-4000-8000-000000000000' }

describeClients((client) => {
  const subject = (): BrowserMember => pages[client]
  const other = (): BrowserMember => pages[client === 'stock' ? 'roomful' : 'stock']

  const expectRefused = async (calls: readonly Call[], code: string, message: RegExp): Promise<void> => {
    for (const [method, ...args] of calls) {
      const outcome = await subject().tryCall(method, ...args)
      const what = `${method}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`
      expect({ what, ok: outcome.ok, code: errorOf(outcome).code }).toEqual({ what, ok: false, code })
      expect(errorOf(outcome).message, what).toMatch(message)
      if (client === 'roomful') expect(errorOf(outcome).isError, what).toBe(true)
    }
  }
  const expectAllowed = async (calls: readonly Call[]): Promise<void> => {
    for (const [method, ...args] of calls) await subject().call(method, ...args)
  }

  test('without permissions every method is refused with 403, for oneself, others and nobody', async () => {
    await join(subject(), { s: [] })
    expect(await subject().property('permissions')).toEqual([])
    await expectNothingChanges(async () => {
      for (const target of [{}, { memberId: witness.memberId }, nobody]) {
        await expectRefused(memberCalls(target), '403', /^Unauthorized$/)
      }
      for (const target of [{ memberId: witness.memberId }, nobody]) {
        await expectRefused([['removeMember', target]], '403', /^Unauthorized$/)
      }
      await expectRefused([...roomCalls, ['removeAllMembers']], '403', /^Unauthorized$/)
    })
    // These need none.
    await expectAllowed([['getMembers'], ['getMeta'], ['getMemberMeta'], ['sendDigits', '1']])
    await expectAllowed([['getMemberMeta', { memberId: witness.memberId }]])
  })

  test('room.self permissions cover oneself alone', async () => {
    const own = allPermissions.filter((permission) => permission.startsWith('room.self.'))
    await join(subject(), { s: [...own] })
    expect(new Set((await subject().property('permissions')) as string[])).toEqual(new Set(own))
    await expectAllowed(memberCalls({}))
    await expectAllowed(memberCalls({ memberId: await subject().memberId() }))
    await expectNothingChanges(async () => {
      for (const target of [{ memberId: witness.memberId }, nobody]) {
        await expectRefused(memberCalls(target), '403', /^Unauthorized$/)
      }
    })
  })

  test('room.member permissions cover everybody, oneself too; only with them nobody is 404', async () => {
    await join(subject(), { s: allPermissions.filter((permission) => permission.startsWith('room.member.')) })
    await expectAllowed(memberCalls({}))
    await expectAllowed(memberCalls({ memberId: witness.memberId }))
    await expectAllowed([
      ['setInputVolume', { memberId: witness.memberId, volume: 0 }],
      ['setOutputVolume', { memberId: witness.memberId, volume: 0 }],
    ])
    const calls: Call[] = [...memberCalls(nobody), ['removeMember', nobody], ['getMemberMeta', nobody]]
    await expectNothingChanges(() => expectRefused(calls, '404', /^Member not found: .*getMembers\(\)/))
  })

  test('room permissions, aliases, and what setLayout with positions needs', async () => {
    const ofRoom = allPermissions.filter((permission) => /^room\.[a-z_]+$/.test(permission))
    await join(subject(), { s: [...ofRoom] })
    await expectAllowed(roomCalls)
    await subject().leave()

    await join(subject(), { s: ['room.set_layout', 'video.member.raisehand', 'video.prioritize_handraise'] })
    await expectAllowed([['setLayout', { name: 'grid-responsive' }]])
    await expectNothingChanges(() =>
      expectRefused([['setLayout', { name: '2x2', positions: { self: 'auto' } }]], '403', /^Unauthorized$/),
    )
    await expectAllowed([
      ['setRaisedHand', { raised: true }],
      ['setPrioritizeHandraise', false],
    ])
    await expectRefused([['setRaisedHand', { raised: false }]], '403', /^Unauthorized$/)
  })

  test('the audience has no permissions, whatever its token lists', async () => {
    await subject().join(await server.token(room, client, { ja: 'audience' }), {
      ...{ sendAudio: false, sendVideo: false, receiveAudio: true, receiveVideo: true },
    })
    expect(await subject().property('interactivityMode')).toBe('audience')
    expect(await subject().property('permissions')).toEqual([])
    await expectNothingChanges(async () => {
      await expectRefused(memberCalls({ memberId: witness.memberId }), '403', /^Unauthorized$/)
      await expectRefused([...roomCalls, ['removeAllMembers']], '403', /^Unauthorized$/)
    })
    await expectAllowed([['getMembers'], ['getMeta']])
  })

  test('wrong arguments are refused, naming what is allowed, and change nothing', async () => {
    await join(subject())
    await subject().call('setLayout', { name: '2x2' })
    await subject().call('setMeta', { kept: 'x'.repeat(1000) })
    await waitFor('the layout', () => witness.layout?.name === '2x2')
    const long = { text: 'x'.repeat(2000) }
    const wrong: readonly (readonly [RegExp, ...Call])[] = [
      [/-50 to 50/, 'setInputVolume', { volume: 51 }],
      [/-50 to 50/, 'setInputVolume', { volume: -50.5 }],
      [/-50 to 50/, 'setInputVolume', { volume: 'loud' }],
      [/-50 to 50/, 'setOutputVolume', { volume: 51 }],
      [/-50 to 50/, 'setOutputVolume', {}],
      [/0 to 100/, 'setInputSensitivity', { value: 101 }],
      [/0 to 100/, 'setInputSensitivity', { value: -1 }],
      [/grid-responsive.*10x10.*screen-share/, 'setLayout', { name: '7x7' }],
      [/auto.*off-canvas.*standard-/, 'setLayout', { name: '2x2', positions: { self: 'standard-5' } }],
      [/auto.*off-canvas.*standard-/, 'setMemberPosition', { position: 'standard-5' }],
      [/standard-.*off-canvas|off-canvas.*standard-/, 'setMemberPosition', { position: 'left' }],
      [/auto.*off-canvas.*standard-/, 'setPositions', { positions: { self: 'reserved-1' } }],
      [/2000/, 'setMeta', long],
      // Together with what is there already.
      [/2000/, 'updateMeta', { more: 'x'.repeat(1500) }],
      // The stock client makes an object of a list by itself.
      ...(client === 'roomful' ? ([[/object/, 'setMeta', ['a list']]] as const) : []),
      [/list of strings|array of strings/, 'deleteMeta', 'kept'],
      [/2000/, 'setMemberMeta', { meta: long }],
      [/2000/, 'updateMemberMeta', { memberId: witness.memberId, meta: long }],
      [/0-9, A-D, \* and #/, 'sendDigits', '12E4'],
      [/0-9, A-D, \* and #/, 'sendDigits', ''],
    ]
    await expectNothingChanges(async () => {
      for (const [allowed, method, ...args] of wrong) {
        const outcome = await subject().tryCall(method, ...args)
        const what = `${method}(${JSON.stringify(args[0])})`
        expect(outcome.ok, what).toBe(false)
        expect(errorOf(outcome).message, what).toMatch(allowed)
        // Ours refuses what it can itself; what only the server can know comes back with the server's code.
        const codes = client === 'roomful' ? ['invalid_argument', '422'] : ['422']
        expect(codes, what).toContain(errorOf(outcome).code)
      }
      for (const call of [
        ['audioMute', nobody],
        ['setRaisedHand', nobody],
        ['setMemberPosition', { ...nobody, position: 'auto' }],
        ['setPositions', { positions: { [nobody.memberId]: 'auto' } }],
        ['removeMember', nobody],
        ['getMemberMeta', nobody],
      ] as const) {
        await expectRefused([call], '404', /^Member not found: .*getMembers\(\)/)
      }
      const withoutId = await subject().tryCall('removeMember', {})
      expect(withoutId.ok).toBe(false)
      expect(errorOf(withoutId).message).toMatch(/memberId/)
    })
    await expectAllowed([
      ['setMeta', {}],
      ['setLayout', { name: 'grid-responsive' }],
    ])
  })

  test('metadata of the room: setMeta, updateMeta, deleteMeta and getMeta, told by room.updated', async () => {
    await join(subject())
    await join(other())
    const expectMeta = async (meta: object): Promise<void> => {
      for (const page of [subject(), other()]) {
        await expectRoomUpdate(page, { meta })
        expect(await page.call('getMeta')).toMatchObject({ meta })
        await page.clearEvents()
      }
    }
    await subject().call('setMeta', { a: 1, nested: { list: [1, 'two', null] } })
    await expectMeta({ a: 1, nested: { list: [1, 'two', null] } })
    await subject().call('updateMeta', { a: 2, b: 'new' })
    await expectMeta({ a: 2, nested: { list: [1, 'two', null] }, b: 'new' })
    await subject().call('deleteMeta', ['nested', 'never there'])
    await expectMeta({ a: 2, b: 'new' })
    await subject().call('setMeta', { only: 'this' })
    await expectMeta({ only: 'this' })
    // Who joins later is told it, too.
    await other().leave()
    await join(other())
    const [joined] = await other().events('room.joined')
    expect((joined?.payload['room_session'] as VideoRoomSession).meta).toEqual({ only: 'this' })
    await subject().call('setMeta', {})
  })

  test('metadata of members: set, update, delete and get, told by member.updated', async () => {
    const ownId = await join(subject(), { mta: { from: 'token' } })
    const otherId = await join(other())
    expect(await subject().call('getMemberMeta')).toMatchObject({ meta: { from: 'token' } })
    for (const [target, memberId] of [
      [{}, ownId],
      [{ memberId: otherId }, otherId],
    ] as const) {
      const expectMeta = async (meta: Record<string, unknown>): Promise<void> => {
        for (const page of [subject(), other()]) {
          await expectMemberUpdate(page, memberId, { meta })
          expect(await page.call('getMemberMeta', { memberId })).toMatchObject({ meta })
          await page.clearEvents()
        }
      }
      await subject().call('setMemberMeta', { ...target, meta: { foo: 'bar', baz: true } })
      await expectMeta({ foo: 'bar', baz: true })
      await subject().call('updateMemberMeta', { ...target, meta: { foo: 2, deep: { er: [] } } })
      await expectMeta({ foo: 2, baz: true, deep: { er: [] } })
      await subject().call('deleteMemberMeta', { ...target, keys: ['foo', 'deep'] })
      await expectMeta({ baz: true })
    }
    expect(await subject().call('getMemberMeta')).toMatchObject({ meta: { baz: true } })
  })

  test('sendDigits reaches everybody in the room as room.digits', async () => {
    const ownId = await join(subject())
    await join(other())
    await subject().call('sendDigits', '0123456789ABCD*#')
    for (const page of [subject(), other()]) {
      const [event] = await waitFor('room.digits', async () => {
        const events = await page.events('room.digits')
        return events.length > 0 ? events : undefined
      })
      expect(event?.payload).toMatchObject({ member_id: ownId, digits: '0123456789ABCD*#' })
    }
  })
})
