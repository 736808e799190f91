import { kill } from 'node:process'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { colorDistance, type Rgb, type SimulatedMember } from '@roomful/load-test'
import type { RoomTokenClaims, VideoLayout, VideoRoomSession } from '@roomful/protocol'
import { BrowserMember, type Client } from '../support/BrowserMember.ts'
import { describeClients } from '../support/clients.ts'
import { person } from '../support/people.ts'
import { colorTolerance } from '../support/picture.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { joinSimulated } from '../support/simulated.ts'
import { waitFor } from '../support/waitFor.ts'

let server: TestServer
const pages = {} as Record<Client, BrowserMember>
const others: SimulatedMember[] = []
let roomNumber = 0

beforeAll(async () => {
  server = await startTestServer()
  pages.roomful = await BrowserMember.open(person(0), 'roomful', server.url)
  pages.stock = await BrowserMember.open(person(0), 'stock', server.url, pages.roomful)
})

afterEach(async () => {
  for (const member of others.splice(0)) await member.leave()
  for (const page of Object.values(pages)) {
    if ((await page.property('active')) === true) await page.leave()
  }
})

afterAll(async () => {
  await pages.stock?.close()
  await pages.roomful?.close()
  await server?.close()
})

async function joinOther(
  room: string,
  index: number,
  claims: Partial<RoomTokenClaims> = {},
): Promise<SimulatedMember> {
  const token = await server.token(room, person(index).name, claims)
  const isAudience = claims.ja === 'audience'
  const member = await joinSimulated(server, room, person(index), {
    token,
    audio: null,
    ...(isAudience ? { video: null } : {}),
  })
  others.push(member)
  return member
}

/** Payload of the first event of a name; waits for it. */
async function first(page: BrowserMember, name: string): Promise<Record<string, unknown>> {
  return waitFor(`${page.client} to fire ${name}`, async () => {
    const event = (await page.events(name))[0]
    return event === undefined ? undefined : (event.payload ?? {})
  })
}

const memberFields = [
  ...['id', 'name', 'type', 'room_id', 'room_session_id', 'visible', 'audio_muted', 'video_muted', 'deaf'],
  ...['input_volume', 'output_volume', 'input_sensitivity', 'requested_position', 'meta'],
]

describeClients((client) => {
  const subject = (): BrowserMember => pages[client]
  let room: string
  const join = async (claims: Partial<RoomTokenClaims> = {}): Promise<string> => {
    room = `events-${++roomNumber}`
    await subject().join(await server.token(room, client, claims))
    return subject().memberId()
  }

  test('joining fires its events in order, with complete payloads, and fills the properties', async () => {
    const ownId = await join({ s: ['room.self.audio_mute'], rmta: { about: 'it' } })
    const joined = await first(subject(), 'room.joined')
    expect(joined).toMatchObject({ call_id: expect.any(String) as string, member_id: ownId })
    const session = joined['room_session'] as VideoRoomSession
    expect(session).toMatchObject({
      ...{ name: room, room_id: expect.any(String) as string, event_channel: expect.any(String) as string },
      ...{
        logos_visible: true,
        blind_mode: false,
        silent_mode: false,
        meeting_mode: false,
        recording: false,
      },
      ...{ hide_video_muted: false, locked: false, layout_name: 'grid-responsive', meta: { about: 'it' } },
    })
    expect(session.members.map((member) => member.id)).toEqual([ownId])
    for (const field of memberFields) expect(session.members[0]).toHaveProperty(field)

    const { layout } = (await first(subject(), 'layout.changed')) as { layout: VideoLayout }
    expect(layout).toMatchObject({ name: 'grid-responsive', room_session_id: session.room_session_id })
    expect(layout.layers.map((layer) => [layer.position, layer.member_id])).toEqual([
      ['standard-1', ownId],
      ['playback', null],
      ['full-screen', null],
    ])
    await first(subject(), 'media.connected')
    await first(subject(), 'room.started')
    expect(await subject().events('track')).toHaveLength(2)
    const names = await subject().eventNames()
    const inOrder = ['room.subscribed', 'room.joined', 'layout.changed']
    if (client === 'stock') inOrder.unshift('requesting', 'trying', 'active')
    expect(names.filter((name) => inOrder.includes(name))).toEqual(inOrder)

    for (const [name, expected] of Object.entries({
      active: true,
      memberId: ownId,
      roomId: session.room_id,
      roomSessionId: session.room_session_id,
      callId: joined['call_id'],
      permissions: ['room.self.audio_mute'],
      interactivityMode: 'member',
      deviceList: [],
      screenShareList: [],
      currentPosition: 'standard-1',
    })) {
      expect({ name, value: await subject().property(name) }).toEqual({ name, value: expected })
    }
    expect(await subject().property('cameraLabel')).toMatch(/camera/)
    expect(await subject().property('microphoneLabel')).toMatch(/./)
    for (const name of ['cameraId', 'microphoneId'])
      expect(await subject().property(name)).toEqual(expect.any(String))
    expect((await subject().property('currentLayout')) as VideoLayout).toEqual(layout)
    const streams = await subject().page.evaluate(() => {
      const { room } = window as unknown as { room: Record<string, unknown> }
      return {
        tracks: ['localAudioTrack', 'localVideoTrack'].map((name) => (room[name] as MediaStreamTrack).kind),
        local: (room['localStream'] as MediaStream).getTracks().length,
        remote: (room['remoteStream'] as MediaStream).getTracks().length,
        overlay: typeof room['localVideoOverlay'],
        localOverlay: typeof room['localOverlay'],
        previewUrl: room['previewUrl'] ?? null,
      }
    })
    const localOverlay = client === 'roomful' ? 'object' : 'undefined'
    expect(streams).toEqual({
      tracks: ['audio', 'video'],
      local: 2,
      remote: 2,
      overlay: 'object',
      localOverlay,
      previewUrl: null,
    })
  })

  test('others who join, change and leave fire member and memberList events', async () => {
    const ownId = await join()
    await subject().clearEvents()
    const other = await joinOther(room, 1)
    const joined = (await first(subject(), 'member.joined'))['member'] as Record<string, unknown>
    expect(joined).toMatchObject({ id: other.memberId, name: person(1).name, type: 'member' })
    for (const field of memberFields) expect(joined).toHaveProperty(field)

    // Every property has an event of its own; the camel-case names are our SDK's alone.
    const changes: readonly (readonly [
      method: string,
      params: Record<string, unknown>,
      names: readonly string[],
    ])[] = [
      ['audio_mute', {}, ['audio_muted']],
      ['deaf', {}, ['deaf']],
      ['video_mute', {}, ['video_muted', 'visible']],
      ['set_input_volume', { volume: 7 }, ['input_volume']],
      ['set_output_volume', { volume: 8 }, ['output_volume']],
      ['set_input_sensitivity', { value: 9 }, ['input_sensitivity']],
      ['raisehand', {}, ['handraised']],
      ['set_meta', { meta: { a: 1 } }, ['meta']],
      ['set_position', { position: 'off-canvas' }, ['requested_position', 'current_position']],
    ]
    const camel = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
    for (const [method, params, names] of changes) {
      await subject().clearEvents()
      await other.request(`video.member.${method}`, params)
      for (const name of names) {
        const payload = await first(subject(), `member.updated.${name}`)
        expect(payload['member']).toMatchObject({
          id: other.memberId,
          updated: expect.arrayContaining([name]) as string[],
        })
        const camelName = `member.updated.${camel(name)}`
        if (camel(name) !== name && client === 'roomful') await first(subject(), camelName)
      }
      const fired = await subject().eventNames()
      expect(new Set(fired.filter((name) => name.startsWith('member.updated.')))).toEqual(
        new Set(
          names
            .flatMap((name) => [name, ...(client === 'roomful' ? [camel(name)] : [])])
            .map((name) => `member.updated.${name}`),
        ),
      )
      const members = ((await first(subject(), 'memberList.updated')) as { members: { id: string }[] })
        .members
      // The stock client's list knows only whom it has heard of since it joined.
      const expected = client === 'roomful' ? [ownId, other.memberId] : [other.memberId]
      expect(members.map((member) => member.id).sort()).toEqual(expected.sort())
      if (client === 'roomful') expect(await subject().events('member.updated')).toHaveLength(1)
    }

    await subject().clearEvents()
    await other.request('video.lock')
    expect((await first(subject(), 'room.updated'))['room']).toMatchObject({
      updated: ['locked'],
      locked: true,
    })
    await other.request('video.unlock')

    await joinOther(room, 2, { ja: 'audience' })
    expect(await first(subject(), 'room.audienceCount')).toMatchObject({ total: 1 })
    const documented = await subject().events('room.audience_count')
    expect(documented).toHaveLength(client === 'roomful' ? 1 : 0)

    await subject().clearEvents()
    await others.shift()?.leave()
    expect((await first(subject(), 'member.left'))['member']).toMatchObject({
      id: other.memberId,
      type: 'member',
    })
    await first(subject(), 'memberList.updated')
    await first(subject(), 'layout.changed')
  })

  test('leaving fires room.left and releases everything', async () => {
    await join()
    await subject().leave()
    await first(subject(), 'room.left')
    const names = await subject().eventNames()
    if (client === 'stock') expect(names).toEqual(expect.arrayContaining(['hangup', 'destroy']))
    else expect(names).toContain('media.disconnected')
    expect(names.filter((name) => name === 'room.left')).toHaveLength(1)
    await waitFor(
      'the session to be gone',
      () => server.counts().sessions === 0 || server.counts().rooms === 0,
    )
  })

  test('on, once, off and removeAllListeners: handlers are called as long as they are attached', async () => {
    await join()
    await subject().page.evaluate(() => {
      const { room } = window as unknown as {
        room: Record<'on' | 'once' | 'off', (event: string, handler: () => void) => void>
      }
      const calls = { on: 0, once: 0, off: 0 }
      const removed = (): void => void calls.off++
      room.on('room.updated', () => void calls.on++)
      room.once('room.updated', () => void calls.once++)
      room.on('room.updated', removed)
      room.off('room.updated', removed)
      Object.assign(window, { calls })
    })
    const calls = (): Promise<unknown> =>
      subject().page.evaluate(() => (window as unknown as { calls: unknown }).calls)
    for (const [index, method] of ['lock', 'unlock'].entries()) {
      await subject().call(method)
      await waitFor('the handler', async () => ((await calls()) as { on: number }).on === index + 1)
    }
    expect(await calls()).toEqual({ on: 2, once: 1, off: 0 })
    await subject().page.evaluate(() => {
      ;(window.room as unknown as { removeAllListeners(event: string): void }).removeAllListeners(
        'room.updated',
      )
    })
    await subject().call('lock')
    await waitFor('the lock', async () => {
      const outcome = await subject().tryCall('getMembers')
      return outcome.ok
    })
    expect(await calls()).toEqual({ on: 2, once: 1, off: 0 })
  })

  test('destroy ends the events of the object', async () => {
    await join()
    const other = await joinOther(room, 1)
    await first(subject(), 'member.joined')
    await subject().clearEvents()
    await subject().page.evaluate(() => (window.room as unknown as { destroy(): void }).destroy())
    await other.request('video.lock')
    await other.request('video.members.get')
    expect((await subject().eventNames()).filter((name) => name !== 'destroy')).toEqual([])
    // The stock client's call runs on; a new page ends it.
    await subject().page.evaluate(() => void delete (window as { room?: unknown }).room)
  })
})

test('the stock client: muting oneself fires microphone.disconnected and camera.disconnected', async () => {
  const page = pages.stock
  await page.join(await server.token('muting', 'stock'))
  for (const [method, event] of [
    ['audioMute', 'microphone.disconnected'],
    ['videoMute', 'camera.disconnected'],
  ] as const) {
    await page.call(method)
    expect(await first(page, event)).toHaveProperty('label')
  }
})

test('the stock client: updateCamera, updateMicrophone and setLocalStream change what is sent', async () => {
  const page = pages.stock
  await page.join(await server.token('devices', 'stock'))
  const viewer = pages.roomful
  await viewer.join(await server.token('devices', 'roomful'))
  const ownId = await page.memberId()
  const expectColor = async (color: Rgb): Promise<void> => {
    await waitFor('the colour in the tile', async () => {
      const layer = (await viewer.layout())?.layers.find((each) => each.member_id === ownId)
      if (layer === undefined) throw new Error('no layer')
      const seen = await viewer.colorsAt([[layer.x + layer.width * 0.5, layer.y + layer.height * 0.3]])
      if (seen !== null && colorDistance(seen.colors[0] as Rgb, color) < colorTolerance) return true
      throw new Error(JSON.stringify(seen))
    })
  }
  await expectColor(page.person.color)
  await page.call('updateCamera', { width: 320 })
  await first(page, 'camera.updated')
  await page.call('updateMicrophone', {
    echoCancellation: false,
    noiseSuppression: false,
    autoGainControl: false,
  })
  await first(page, 'microphone.updated')
  await expectColor(page.person.color)
  await waitFor('the tone', async () => ((await viewer.tonesDb([page.person.toneHz], 3))[0] ?? -200) > -60)
  await page.page.evaluate(async () => {
    const canvas = document.createElement('canvas')
    canvas.width = 640
    canvas.height = 360
    const context = canvas.getContext('2d') as CanvasRenderingContext2D
    setInterval(() => {
      context.fillStyle = Math.random() < 0.5 ? 'rgb(40, 180, 60)' : 'rgb(44, 182, 62)'
      context.fillRect(0, 0, 640, 360)
    }, 40)
    await (window.room['setLocalStream'] as (stream: MediaStream) => Promise<unknown>)(
      canvas.captureStream(25),
    )
  })
  await expectColor({ r: 40, g: 180, b: 60 })
})

test('the stock client: updateSpeaker, the deprecated lists, hold and unhold', async () => {
  const page = pages.stock
  await page.join(await server.token('further', 'stock'))
  const viewer = pages.roomful
  await viewer.join(await server.token('further', 'roomful'))
  const speakers = await page.page.evaluate(async () =>
    (await navigator.mediaDevices.enumerateDevices())
      .filter((device) => device.kind === 'audiooutput')
      .map((device) => device.deviceId),
  )
  await page.call('updateSpeaker', { deviceId: speakers.at(-1) ?? '' })
  expect(await first(page, 'speaker.updated')).toHaveProperty('current')
  const { layouts } = (await page.call('getLayoutList')) as { layouts: string[] }
  expect(layouts).toContain('grid-responsive')
  const { members } = (await page.call('getMemberList')) as { members: unknown[] }
  expect(members).toHaveLength(2)

  const level = async (): Promise<number> => (await viewer.tonesDb([page.person.toneHz], 3))[0] ?? 0
  await waitFor('the tone', async () => (await level()) > -60)
  await page.call('hold')
  await waitFor('silence', async () => (await level()) < -90)
  await page.call('unhold')
  await waitFor('the tone again', async () => (await level()) > -60)
})

test('the stock client: when its media process dies, it is joined again and fires media.connected', async () => {
  const page = pages.stock
  await page.join(await server.token('healing', 'stock'))
  await first(page, 'media.connected')
  await page.clearEvents()
  for (const pid of server.mediaPids()) kill(pid, 'SIGKILL')
  await waitFor('the room to be back', async () => (await page.eventNames()).includes('room.joined'))
  await waitFor('media.connected', async () => (await page.eventNames()).includes('media.connected'))
})
