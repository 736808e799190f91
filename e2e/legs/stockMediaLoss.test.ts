import { afterAll, beforeAll, expect, test } from 'vitest'
import { BrowserMember } from '../support/BrowserMember.ts'
import { person } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { waitFor } from '../support/waitFor.ts'
import { UdpProxy } from './UdpProxy.ts'

let server: TestServer
let proxy: UdpProxy
let member: BrowserMember

beforeAll(async () => {
  server = await startTestServer()
  proxy = await UdpProxy.open(server.config.rtcPort)
  member = await BrowserMember.open(person(0), 'stock', server.url)
  // The stock client wants to see its own candidates; they are taken out on the wire.
  await member.page.evaluate((port) => {
    const send = WebSocket.prototype.send
    WebSocket.prototype.send = function (data) {
      const text = typeof data === 'string' ? data.replaceAll(/a=candidate:.*?\\r\\n/g, '') : data
      send.call(this, text)
    }
    const original = RTCPeerConnection.prototype.setRemoteDescription
    RTCPeerConnection.prototype.setRemoteDescription = function (
      this: RTCPeerConnection,
      description: RTCSessionDescriptionInit,
    ) {
      const sdp = description.sdp?.replace(/^(a=candidate:\S+ \d+ \S+ \d+ \S+) \d+/gm, `$1 ${port}`)
      return Reflect.apply(original, this, [{ type: description.type, sdp }]) as Promise<void>
    } as typeof original
  }, proxy.port)
})
afterAll(async () => {
  await member?.close()
  proxy?.close()
  await server?.close()
})

test('the stock client: media that stays away fires media.reconnecting, and room.left with its reason', async () => {
  await member.join(await server.token('stock-media', 'Ada'))
  await waitFor('media', async () => (await member.events('media.connected')).length > 0)
  proxy.cut()
  await waitFor('media.reconnecting', async () => (await member.events('media.reconnecting')).length > 0, {
    timeoutMs: 60_000,
  })
  expect((await member.events('media.disconnected')).length).toBeGreaterThan(0)
  const left = await waitFor('room.left', async () => (await member.events('room.left'))[0], {
    timeoutMs: 60_000,
  })
  expect(left.payload).toMatchObject({ reason: 'RECONNECTION_ATTEMPT_TIMEOUT' })
})
