import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Rgb, SimulatedMember } from '@roomful/load-test'
import type { VideoMember } from '@roomful/protocol'
import { BrowserMember } from '../support/BrowserMember.ts'
import { describeClients } from '../support/clients.ts'
import { person } from '../support/people.ts'
import { expectTiles } from '../support/picture.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { memberOf } from '../support/state.ts'
import { joinSimulated } from '../support/simulated.ts'
import { waitFor } from '../support/waitFor.ts'
import { fakeScreen, reloadPage } from './pages.ts'

const ada = person(0)
const bo = person(1)
const probe = readFileSync(new URL('../support/pageProbe.js', import.meta.url), 'utf8')

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server?.close()
})

describeClients((client) => {
  const room = `reload-${client}`
  const colors = new Map<string, Rgb>()
  const left: string[] = []
  let member: BrowserMember
  let other: SimulatedMember
  let id = ''

  beforeAll(async () => {
    other = await joinSimulated(server, room, bo, {
      onEvent: (type, params) => {
        if (type === 'video.member.left') left.push((params['member'] as VideoMember).id)
      },
    })
    member = await BrowserMember.open(ada, client, server.url)
    await member.join(await server.token(room, 'Ada'))
    id = await member.memberId()
    colors.set(id, ada.color)
    colors.set(other.memberId, bo.color)
  })
  afterAll(async () => {
    await other?.leave()
    await member?.close()
  })

  const reload = async (claims = {}): Promise<void> => {
    await reloadPage(member, server.url, probe)
    // A page asks its own server for a token again.
    await member.join(await server.token(room, 'Ada', claims))
  }

  test('three reloads in a row: same member, same place, same settings', async () => {
    await member.call('setInputVolume', { volume: -7 })
    await member.call('setMemberMeta', { meta: { seat: 3 } })
    await member.call('setRaisedHand', { raised: true })
    const layout = await expectTiles(member, colors)
    const call = await member.property('callId')
    for (let turn = 1; turn <= 3; turn++) {
      const startedAtMs = performance.now()
      await reload()
      expect(await member.memberId()).toBe(id)
      expect(await member.property('callId')).toBe(call)
      const now = await expectTiles(member, colors)
      console.info(
        `${client}: reload ${turn} took ${Math.round(performance.now() - startedAtMs)} ms to the picture`,
      )
      expect(now.layers.map(({ member_id }) => member_id)).toEqual(
        layout.layers.map(({ member_id }) => member_id),
      )
      await waitFor(
        'the other to be heard',
        async () => ((await member.tonesDb([bo.toneHz], 1))[0] ?? -200) > -60,
      )
    }
    expect(await memberOf(member, id)).toMatchObject({
      input_volume: -7,
      meta: { seat: 3 },
      handraised: true,
    })
    expect(left).toEqual([])
  })

  test('a muted member is muted after a reload, and its camera is off', async () => {
    await member.call('videoMute')
    await reload()
    expect(await memberOf(member, id)).toMatchObject({ video_muted: true, audio_muted: false })
    await waitFor('the camera to be off', () =>
      member.page.evaluate(
        () => !window.room.localStream?.getVideoTracks().some((track) => track.readyState === 'live'),
      ),
    )
    await member.call('videoUnmute')
    await expectTiles(member, colors)
  })

  test('a reload ends a shared screen; the page may share again', async () => {
    await fakeScreen(member, 'rgb(230, 120, 20)')
    await member.page.evaluate(async () => void (await window.room['startScreenShare']?.({})))
    const screens = async (): Promise<VideoMember[]> => {
      const { members } = (await member.call('getMembers')) as { members: VideoMember[] }
      return members.filter(({ type }) => type === 'screen')
    }
    const [screen] = await screens()
    expect(screen?.parent_id).toBe(id)
    await reload()
    expect(await member.memberId()).toBe(id)
    await waitFor('the screen to be gone', async () => (await screens()).length === 0)
    await expectTiles(member, colors)
    expect(left).toEqual([screen?.id])
  })

  test('after a promotion and after a demotion a reload keeps the role, whatever the token says', async () => {
    await member.leave()
    colors.delete(id)
    // A new tab of its own session: audience at first.
    await member.page.evaluate(() => sessionStorage.clear())
    await reload({ ja: 'audience' })
    id = await member.memberId()
    const permissions = ['room.self.audio_mute']
    await other.request('video.member.promote', { member_id: id, permissions })
    colors.set(id, ada.color)
    await expectTiles(member, colors, 30_000)
    await reload({ ja: 'audience' })
    expect(await member.memberId()).toBe(id)
    expect(await member.property('interactivityMode')).toBe('member')
    expect(await member.property('permissions')).toEqual(permissions)
    await expectTiles(member, colors, 30_000)

    await other.request('video.member.demote', { member_id: id })
    colors.delete(id)
    await expectTiles(member, colors, 30_000)
    await waitFor('the new call', async () => (await member.events('room.joined')).length > 1)
    await reload({ ja: 'audience' })
    expect(await member.memberId()).toBe(id)
    expect(await member.property('interactivityMode')).toBe('audience')
    await expectTiles(member, colors, 30_000)
  })

  test('a page that hands back what is not its own is somebody new, or refused', async () => {
    const known = [id]
    const handBack = async (key: 'ci' | 'pt' | 'as', value: string): Promise<void> =>
      member.page.evaluate(([name, text]) => sessionStorage.setItem(name, text), [
        `${key}-${room}`,
        value,
      ] as const)
    const callId = randomUUID()
    await handBack('ci', callId)
    await reload()
    expect(await member.property('callId')).toBe(callId)
    expect(known).not.toContain(await member.memberId())
    known.push(await member.memberId())

    await handBack('pt', `signalwire_${randomUUID()}`)
    await reload()
    expect(known).not.toContain(await member.memberId())

    await handBack('as', 'v1.forged')
    await reloadPage(member, server.url, probe)
    const refused = await member.tryJoin(await server.token(room, 'Ada'))
    expect(refused).toMatchObject({ ok: false, error: { code: '-32002', message: 'CALL ERROR' } })

    await member.page.evaluate(() => sessionStorage.clear())
    await reload()
    await waitFor(
      'the other to be heard',
      async () => ((await member.tonesDb([bo.toneHz], 1))[0] ?? -200) > -60,
    )
  })
})
