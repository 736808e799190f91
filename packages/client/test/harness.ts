import './globals.ts'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromiumFlags } from '@roomful/media/transport/testing/chromiumFlags'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest'
import { clientPage, mediaPage } from './pages.ts'
import { roomToken, ScriptedServer, type Connection } from './ScriptedServer.ts'

let outDir: string
export let bundle: string
export let browser: Browser
export let server: ScriptedServer
export let client: Page
export let media: Page

const executablePath = process.env.CHROME_PATH ?? '/usr/bin/chromium'
export const within = { timeout: 15_000, interval: 20 }

beforeAll(async () => {
  outDir = await mkdtemp(join(tmpdir(), 'roomful-client-'))
  const { buildClient } = (await import('../build.mjs' as string)) as {
    buildClient: (options: object) => Promise<void>
  }
  await buildClient({ types: false, outDir })
  bundle = await readFile(join(outDir, 'roomful.js'), 'utf8')
  const args = [...chromiumFlags, '--autoplay-policy=document-user-activation-required']
  browser = await chromium.launch({ executablePath, args })
})
afterAll(async () => {
  await browser?.close()
  await rm(outDir, { recursive: true, force: true })
})

beforeEach(async () => {
  server = await ScriptedServer.start((request, response) => {
    const body = request.url === '/roomful.js' ? bundle : request.url === '/media' ? mediaPage : clientPage
    const type = request.url === '/roomful.js' ? 'text/javascript' : 'text/html'
    response.writeHead(200, { 'content-type': type }).end(body)
  })
  media = await browser.newPage()
  await media.goto(`http://${server.address}/media`)
  client = await browser.newPage()
  await client.goto(`http://${server.address}/`)
  server.responders['verto.invite'] = (params, connection) => {
    const { callID, ...dialog } = params.dialogParams as Dialog
    const childId = dialog.screenShare || dialog.additionalDevice ? `child${++children}` : undefined
    answers.push(answerInvite(params, connection, childId))
    const result = { message: 'CALL CREATED', callID, memberID: childId ?? 'me' }
    return { code: '200', result: { jsonrpc: '2.0', id: 1, result } }
  }
  server.responders['verto.modify'] = async (params) => {
    const { callID } = params.dialogParams as Dialog
    const answered = typeof params.sdp === 'string' && [params.sdp, callID]
    const sdp = answered
      ? await media.evaluate(([offer = '', id = '']) => modify(offer, id), answered)
      : undefined
    return { code: '200', result: { jsonrpc: '2.0', id: 1, result: { callID, sdp } } }
  }
})
afterEach(async () => {
  // An answer on its way needs the media page.
  await Promise.allSettled(answers.splice(0))
  await client.close()
  await media.close()
  await server.close()
})

export const ids = { room_id: 'r1', room_session_id: 'rs1' }
export const member = (id: string, changes = {}) => ({
  id,
  ...ids,
  name: id,
  type: 'member',
  audio_muted: false,
  video_muted: false,
  visible: true,
  handraised: false,
  ...changes,
})
/** The server's word that the own member's flags have changed. */
export const mute = (changes: object) =>
  server.connection.event('video.member.updated', {
    ...ids,
    member: { ...member('me', changes), updated: Object.keys(changes) },
  })
export const layer = (memberId: string, x: number, y: number, size: number) => {
  const box = { x, y, width: size, height: size }
  return { layer_index: 0, z_index: 0, member_id: memberId, position: 'standard-1', visible: true, ...box }
}
export const layout = (...layers: object[]) => ({
  ...ids,
  layout: { id: 'l', name: 'grid-responsive', ...ids, layers },
})

type Dialog = { callID: string; screenShare?: boolean; additionalDevice?: boolean }

let callIds: string[] = []
let children = 0
/** Sends the `member.joined` of a child; a test may put it off. */
export const childJoined = { send: (_id: string, send: () => void) => send() }
/** What runs in the room that is joined. */
export const running = { lists: {} as Record<string, object[]> }
const answers: Promise<void>[] = []
async function answerInvite(
  params: Record<string, unknown>,
  connection: Connection,
  childId?: string,
): Promise<void> {
  const { callID: callId, screenShare } = params.dialogParams as Dialog
  const isNew = !callIds.includes(callId)
  callIds.push(callId)
  const offer = [params.sdp as string, callId]
  const sdp = await media.evaluate(([text = '', id = '']) => answer(text, id), offer)
  connection.verto('verto.answer', { callID: callId, sdp })
  if (!isNew) return
  if (childId) {
    const child = member(childId, { type: screenShare ? 'screen' : 'device', parent_id: 'me' })
    const send = () => connection.event('video.member.joined', { ...ids, member: child })
    return childJoined.send(childId, send)
  }
  const session = {
    id: 'rs1',
    ...ids,
    name: 'room1',
    members: [member('me'), member('other')],
    locked: false,
    ...running.lists,
  }
  connection.event('video.room.subscribed', {
    call_id: callId,
    member_id: 'me',
    room_session: session,
    room: session,
  })
  connection.event('video.layout.changed', layout(layer('me', 50, 25, 25), layer('other', 0, 0, 50)))
}
beforeEach(() => {
  callIds = []
  children = 0
  running.lists = {}
  childJoined.send = (_, send) => send()
})

export async function joined(options: object = {}, params: object = {}): Promise<void> {
  await client.evaluate((all) => createRoom(all), { token: roomToken(server.url), ...options })
  expect(await client.evaluate((all) => joinRoom(all), params)).toBe('joined')
}

export const names = () => client.evaluate(() => seen.map(({ name }) => name))
export const count = async (name: string) => (await names()).filter((one) => one === name).length

export async function untilSeen(name: string, times = 1): Promise<void> {
  await vi.waitFor(async () => expect(await count(name)).toBeGreaterThanOrEqual(times), within)
}
export async function untilPictureMoves(): Promise<void> {
  const total = () =>
    client.evaluate(() => {
      const video = document.querySelector<HTMLVideoElement>('#root > .mcuContent .videoWrapper > video')
      const live = (video?.srcObject as MediaStream | null)?.getVideoTracks()[0]?.readyState === 'live'
      return { live, frames: video?.getVideoPlaybackQuality().totalVideoFrames ?? 0 }
    })
  const before = (await total()).frames
  await vi.waitFor(async () => {
    const now = await total()
    expect(now.live).toBe(true)
    expect(now.frames).toBeGreaterThan(before + 5)
  }, within)
}
