import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { colorDistance, type Rgb, type SimulatedMember } from '@roomful/load-test'
import { listedLayoutNames, type VideoLayout } from '@roomful/protocol'
import { BrowserMember, type Client } from '../support/BrowserMember.ts'
import { describeClients } from '../support/clients.ts'
import { person } from '../support/people.ts'
import { colorTolerance, expectTiles } from '../support/picture.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { joinSimulated } from '../support/simulated.ts'
import { expectMemberUpdate, expectRoomUpdate, memberOf, positionsOf } from '../support/state.ts'
import { waitFor } from '../support/waitFor.ts'

const room = 'places'

let server: TestServer
const browsers = {} as Record<Client, BrowserMember>
/** Ada (our SDK), Bo (the stock client), Cleo and Dan (without browsers and without sound), as they joined. */
const ids: string[] = []
const simulated: SimulatedMember[] = []
const colors = new Map<string, Rgb>()

beforeAll(async () => {
  server = await startTestServer()
  for (const [index, client] of (['roomful', 'stock'] as const).entries()) {
    browsers[client] = await BrowserMember.open(person(index), client, server.url)
    await browsers[client].join(await server.token(room, person(index).name))
    ids.push(await browsers[client].memberId())
  }
  for (const index of [2, 3]) {
    simulated.push(await joinSimulated(server, room, person(index), { audio: null }))
    ids.push(simulated.at(-1)?.memberId ?? '')
  }
  ids.forEach((id, index) => colors.set(id, person(index).color))
})

afterAll(async () => {
  for (const member of simulated) await member.leave()
  await browsers.roomful?.close()
  await browsers.stock?.close()
  await server?.close()
})

/** Every viewer sees exactly these members, each in its rectangle; gives their places. */
async function expectSeen(shown: readonly string[] = ids): Promise<Record<string, string>> {
  const seen = new Map([...colors].filter(([id]) => shown.includes(id)))
  const [layout] = await Promise.all([expectTiles(browsers.roomful, seen), expectTiles(browsers.stock, seen)])
  return positionsOf(layout)
}

async function expectPlaces(
  viewers: readonly BrowserMember[],
  places: Record<string, string>,
): Promise<void> {
  for (const viewer of viewers) {
    await waitFor(`${viewer.client} to be told the places`, async () => {
      const seen = positionsOf(await viewer.layout())
      if (Object.entries(places).every(([id, place]) => (seen[id] ?? 'off-canvas') === place)) return true
      throw new Error(JSON.stringify(ids.map((id) => seen[id])))
    })
  }
}

describeClients((client) => {
  const subject = (): BrowserMember => browsers[client]
  const other = (): BrowserMember => browsers[client === 'stock' ? 'roomful' : 'stock']
  const both = (): BrowserMember[] => [subject(), other()]
  let ownId: string
  let otherId: string
  const [cleo, dan] = [2, 3]
  const id = (index: number): string => ids[index] as string

  beforeEach(async () => {
    ;[ownId, otherId] = client === 'roomful' ? [id(0), id(1)] : [id(1), id(0)]
    const everybody = Object.fromEntries(ids.map((each) => [each, 'auto']))
    await subject().call('setLayout', { name: 'grid-responsive', positions: everybody })
    for (const viewer of both()) await viewer.clearEvents()
  })

  test('setHideVideoMuted takes the tiles of video-muted members off the canvas and the others close up', async () => {
    await subject().call('videoMute', { memberId: otherId })
    for (const [hide, show] of [
      [
        ['setHideVideoMuted', true],
        ['setHideVideoMuted', false],
      ],
      [['hideVideoMuted'], ['showVideoMuted']],
    ] as const) {
      await waitFor(
        'the muted member to keep its tile',
        async () => positionsOf(await subject().layout())[otherId],
      )
      await subject().call(hide[0], ...hide.slice(1))
      for (const viewer of both()) await expectRoomUpdate(viewer, { hide_video_muted: true })
      await expectSeen(ids.filter((each) => each !== otherId))
      expect((await subject().layout())?.layers).toHaveLength(5)
      expect(await memberOf(subject(), otherId)).toMatchObject({
        current_position: 'off-canvas',
        visible: false,
      })

      await subject().call(show[0], ...show.slice(1))
      for (const viewer of both()) await expectRoomUpdate(viewer, { hide_video_muted: false })
      await waitFor('the mute image in its place', async () => {
        const layer = (await subject().layout())?.layers.find((each) => each.member_id === otherId)
        if (layer === undefined) throw new Error('no layer')
        expect(layer.visible).toBe(false)
        const picture = await subject().colorsAt([
          [layer.x + layer.width * 0.1, layer.y + layer.height * 0.1],
        ])
        const { r, g, b } = picture?.colors[0] as Rgb
        return r + g + b < 240 && r + g + b > 30
      })
      for (const viewer of both()) await viewer.clearEvents()
    }
    await subject().call('videoUnmute', { memberId: otherId })
    await expectSeen()
  })

  test('setLayout changes the layout and, with positions, the places; getLayouts lists the names', async () => {
    const { layouts } = (await subject().call('getLayouts')) as { layouts: string[] }
    expect([...layouts].sort()).toEqual([...listedLayoutNames].sort())

    await subject().call('setLayout', {
      name: '5up',
      positions: { self: 'standard-3', [id(cleo)]: 'standard-5', [id(dan)]: 'off-canvas' },
    })
    for (const viewer of both()) await expectRoomUpdate(viewer, { layout_name: '5up' })
    const places = await expectSeen([ownId, otherId, id(cleo)])
    expect(places).toEqual({ [ownId]: 'standard-3', [otherId]: 'standard-1', [id(cleo)]: 'standard-5' })
    for (const viewer of both()) {
      await expectMemberUpdate(viewer, ownId, {
        requested_position: 'standard-3',
        current_position: 'standard-3',
      })
      const [change] = await viewer.events('layout.changed')
      const layout = (change?.payload as { layout: VideoLayout }).layout
      expect([layout.name, layout.layers.length]).toEqual(['5up', 7])
    }
  })

  test('setPositions and setMemberPosition put members where they are asked to be', async () => {
    await subject().call('setLayout', { name: '3x3' })
    await subject().call('setPositions', {
      positions: { self: 'standard-9', [otherId]: 'standard-5', [id(cleo)]: 'off-canvas' },
    })
    await expectPlaces(both(), { [ownId]: 'standard-9', [otherId]: 'standard-5', [id(cleo)]: 'off-canvas' })
    await expectSeen([ownId, otherId, id(dan)])

    await subject().call('setMemberPosition', { position: 'standard-7' })
    await subject().call('setMemberPosition', { memberId: id(cleo), position: 'standard-2' })
    await expectPlaces(both(), { [ownId]: 'standard-7', [id(cleo)]: 'standard-2' })
    await expectSeen()

    await subject().call('setMemberPosition', { memberId: id(dan), position: 'full-screen' })
    for (const viewer of both()) {
      await waitFor('nothing but Dan', async () => {
        const picture = await viewer.colorsAt(
          [10, 35, 60, 90].flatMap((x) => [15, 50, 80].map((y) => [x, y] as const)),
        )
        return picture?.colors.every((seen) => colorDistance(seen, person(dan).color) < colorTolerance)
      })
    }
  })

  test('of two who ask for one place the first has it; a request outlives layouts without that place', async () => {
    await subject().call('setLayout', { name: '3x3' })
    await subject().call('setMemberPosition', { memberId: id(cleo), position: 'standard-8' })
    await subject().call('setMemberPosition', { position: 'standard-8' })
    await expectPlaces(both(), { [id(cleo)]: 'standard-8' })
    const own = await memberOf(subject(), ownId)
    expect(own.requested_position).toBe('standard-8')
    expect(own.current_position).not.toBe('standard-8')
    await expectSeen()

    await subject().call('setLayout', { name: '2x2' })
    await expectPlaces(both(), { [id(dan)]: 'standard-4' })
    expect((await memberOf(subject(), id(cleo))).requested_position).toBe('standard-8')
    await subject().call('setMemberPosition', { memberId: id(cleo), position: 'auto' })
    await subject().call('setLayout', { name: '3x3' })
    await expectPlaces(both(), { [ownId]: 'standard-8' })
    await expectSeen()
  })

  test('the active speaker has the big tile of highlight-1-responsive, unless somebody asked for it', async () => {
    await subject().call('setLayout', { name: 'highlight-1-responsive' })
    for (const [speaker, silent] of [
      [ownId, otherId],
      [otherId, ownId],
    ] as const) {
      await subject().call('audioUnmute', { memberId: speaker })
      await subject().call('audioMute', { memberId: silent })
      await expectPlaces(both(), { [speaker]: 'reserved-1' })
      const places = await expectSeen()
      expect(places[speaker]).toBe('reserved-1')
    }
    await subject().call('setMemberPosition', { memberId: id(dan), position: 'reserved-1' })
    await expectPlaces(both(), { [id(dan)]: 'reserved-1' })
    await expectSeen()
    await subject().call('audioUnmute', { memberId: ownId })
  })

  test('with setPrioritizeHandraise those who did setRaisedHand have the first places, in turn', async () => {
    const order = async (): Promise<string[]> => {
      const { members } = (await subject().call('getMembers')) as {
        members: { id: string; current_position: string }[]
      }
      return members
        .toSorted((a, b) => a.current_position.localeCompare(b.current_position))
        .map((member) => member.id)
    }
    expect(await order()).toEqual(ids)
    await subject().call('setPrioritizeHandraise', true)
    for (const viewer of both()) await expectRoomUpdate(viewer, { prioritize_handraise: true })
    await subject().call('setRaisedHand', { memberId: id(dan), raised: true })
    for (const viewer of both()) await expectPlaces([viewer], { [id(dan)]: 'standard-1' })
    await expectSeen()
    await subject().call('setRaisedHand', { raised: true })
    await expectPlaces(both(), { [id(dan)]: 'standard-1', [ownId]: 'standard-2' })
    await expectSeen()
    for (const viewer of both()) {
      const told = (await viewer.events('member.updated.handraised')).map(
        ({ payload }) => (payload['member'] as { id: string }).id,
      )
      expect(new Set(told)).toEqual(new Set([id(dan), ownId]))
    }

    await subject().call('setRaisedHand', { memberId: id(dan), raised: false })
    await expectPlaces(both(), { [ownId]: 'standard-1' })
    expect((await memberOf(subject(), id(dan))).handraised).toBe(false)
    await subject().call('setPrioritizeHandraise', false)
    for (const viewer of both()) await expectRoomUpdate(viewer, { prioritize_handraise: false })
    expect((await memberOf(subject(), ownId)).handraised).toBe(true)
    await subject().call('setRaisedHand', { raised: false })
    // Without a value: the opposite of what it is, in our SDK; the stock client always raises.
    await subject().call('setRaisedHand')
    await waitFor('the hand to be up', async () => (await memberOf(subject(), ownId)).handraised)
    await subject().call('setRaisedHand', { raised: false })
    await subject().call('setPrioritizeHandraise')
    for (const viewer of both()) await expectRoomUpdate(viewer, { prioritize_handraise: true })
    await subject().call('setPrioritizeHandraise', false)
  })
})
