import { createSocket } from 'node:dgram'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { colorDistance, RequestRefused, SignalingClient, type SimulatedMember } from '@roomful/load-test'
import { person } from './support/people.ts'
import { colorTolerance } from './support/picture.ts'
import { startTestServer, type TestServer } from './support/server.ts'
import { joinSimulated, Watcher } from './support/simulated.ts'
import { waitFor } from './support/waitFor.ts'

const room = 'undisturbed'
let server: TestServer
let watcher: Watcher
let other: SimulatedMember
let rightFrames = 0

const quiet = { onEvent: () => {}, onVerto: () => {}, onClosed: () => {} }

beforeAll(async () => {
  server = await startTestServer()
  other = await joinSimulated(server, room, person(1))
  watcher = await Watcher.join(server, room, person(0), (picture, layout) => {
    const layer = layout.layers.find((candidate) => candidate.member_id === other.memberId)
    if (layer === undefined) return
    const seen = picture.colorAt(layer.x + layer.width / 2, layer.y + layer.height / 2)
    if (colorDistance(seen, person(1).color) < colorTolerance) rightFrames++
  })
})

afterAll(async () => {
  await other?.leave()
  await watcher?.close()
  await server?.close()
})

/** The room runs on: the same members, new frames with the right picture, the same media process. */
async function expectUndisturbed(run: () => Promise<void>): Promise<void> {
  await waitFor('the room to run', () => rightFrames > 10)
  const pids = server.mediaPids()
  const framesBefore = rightFrames
  await run()
  await waitFor('more frames of the room', () => rightFrames > framesBefore + 25)
  expect(server.mediaPids()).toEqual(pids)
  expect(other.endedBy).toBeUndefined()
  expect(watcher.member.endedBy).toBeUndefined()
  const { members } = (await watcher.member.request('video.members.get')) as { members: unknown[] }
  expect(members).toHaveLength(2)
}

/** Sends text on a fresh socket and gives what comes back first, or the close code. */
async function sendRaw(
  ...frames: (string | Buffer)[]
): Promise<{ frame?: Record<string, unknown>; closed?: number }> {
  const socket = new WebSocket(server.webSocketUrl)
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  let received: { frame?: Record<string, unknown>; closed?: number } | undefined
  socket.on('message', (data) => {
    received ??= { frame: JSON.parse((data as Buffer).toString()) as Record<string, unknown> }
  })
  socket.on('close', (closed) => (received ??= { closed }))
  socket.on('error', () => {})
  for (const frame of frames) socket.send(frame)
  try {
    return await waitFor('an answer to bad input', () => received, {
      timeoutMs: 5000,
    })
  } finally {
    socket.terminate()
  }
}

test('malformed JSON, frames that are no requests and unknown methods get an error', async () => {
  await expectUndisturbed(async () => {
    expect((await sendRaw('{"jsonrpc": "2.0", ')).frame?.['error']).toMatchObject({ code: -32700 })
    expect((await sendRaw('[1, 2, 3]')).frame?.['error']).toMatchObject({ code: -32600 })
    expect(
      (await sendRaw('{"jsonrpc":"2.0","id":1,"method":"video.lock","params":{}}')).frame,
    ).toHaveProperty('error')

    const client = await SignalingClient.open(server.webSocketUrl, quiet)
    await client.connect(await server.token(room, 'Mallory'))
    await expect(client.request('video.no_such_thing', {})).rejects.toMatchObject({ code: '-32601' })
    client.close()
  })
})

test('an oversized frame closes its own socket only', async () => {
  await expectUndisturbed(async () => {
    expect((await sendRaw(Buffer.alloc(1_000_000, 'x').toString())).closed).toBe(1009)
  })
})

test('wrong and tampered tokens are refused', async () => {
  await expectUndisturbed(async () => {
    const token = await server.token(room, 'Mallory')
    const [header, payload, signature] = token.split('.') as [string, string, string]
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
    const forged = Buffer.from(JSON.stringify({ ...claims, u: 'Root' })).toString('base64url')
    const none = Buffer.from('{"alg":"none","typ":"VRT"}').toString('base64url')
    for (const bad of [
      'no token at all',
      `${header}.${forged}.${signature}`,
      `${header}.${payload}.${signature.slice(1)}A`,
      `${none}.${payload}.`,
    ]) {
      const client = await SignalingClient.open(server.webSocketUrl, quiet)
      await expect(client.connect(bad)).rejects.toMatchObject({ code: '-32002' })
      client.close()
    }
  })
})

test('SDP that is not SDP is refused with a reason, and nobody joins', async () => {
  await expectUndisturbed(async () => {
    const client = await SignalingClient.open(server.webSocketUrl, quiet)
    await client.connect(await server.token(room, 'Mallory'))
    for (const [index, sdp] of [
      'hello',
      'v=0\r\n',
      'v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n',
      '\u0000'.repeat(500),
    ].entries()) {
      const refused = client.verto('verto.invite', { dialogParams: { callID: `bad-${index}` }, sdp })
      await expect(refused).rejects.toBeInstanceOf(RequestRefused)
      await expect(refused).rejects.not.toThrow(/internal/i)
    }
    client.close()
  })
})

test('1,000 random datagrams at the media port change nothing', async () => {
  await expectUndisturbed(async () => {
    let seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)
    console.info(`FUZZ_SEED=${seed}`)
    const random = (): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
      return seed / 0x80000000
    }
    const socket = createSocket('udp4')
    for (let i = 0; i < 1000; i++) {
      const datagram = Buffer.alloc(1 + Math.floor(random() * 1400))
      for (let at = 0; at < datagram.length; at++) datagram[at] = Math.floor(random() * 256)
      // A third each look like STUN, DTLS and RTP from their first byte on (RFC 7983).
      datagram[0] = [0x00, 0x16, 0x80][i % 3] as number
      await new Promise((resolve) => socket.send(datagram, server.config.rtcPort, '127.0.0.1', resolve))
    }
    await new Promise<void>((resolve) => socket.close(() => resolve()))
  })
})
