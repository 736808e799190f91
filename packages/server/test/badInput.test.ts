import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { makeOffer } from './support/offer.ts'
import { startTestServer, testSecret, type TestServer } from './support/startTestServer.ts'
import type { Frame, TestClient } from './support/TestClient.ts'
import { waitFor } from './support/waitFor.ts'

/** The next error after `send` has been called. */
async function answerTo(client: TestClient, send: () => void): Promise<Frame> {
  const seen = client.frames.length
  send()
  return waitFor(() => client.frames.slice(seen).find((frame) => 'error' in frame), 'an error')
}

async function expectUndisturbed(test: TestServer, member: TestClient): Promise<void> {
  const reply = await member.request('video.members.get')
  expect(reply['result'].members.map(({ id }: { id: string }) => id)).toContain(member.memberId)
  expect(test.server.counts().participants).toBeGreaterThan(0)
  expect(member.count('video.member.left')).toBe(0)
}

describe('bad input', () => {
  it('is answered with the error of JSON-RPC', async () => {
    await using test = await startTestServer()
    const member = await test.join()
    const cases: [text: string, code: number, id: unknown][] = [
      ['{', -32700, null],
      ['', -32700, null],
      ['[]', -32600, null],
      ['null', -32600, null],
      ['"text"', -32600, null],
      ['{"jsonrpc":"2.0","id":"a","method":7}', -32600, 'a'],
      ['{"jsonrpc":"1.0","id":8,"method":"x"}', -32600, 8],
      ['{"jsonrpc":"2.0","method":"video.members.get"}', -32600, null],
      ['{"jsonrpc":"2.0","id":"b","method":"x","params":[1]}', -32600, 'b'],
      ['{"jsonrpc":"2.0","id":"c","method":"video.no_such_method"}', -32601, 'c'],
      ['{"jsonrpc":"2.0","id":"d","method":"constructor"}', -32601, 'd'],
      ['{"jsonrpc":"2.0","id":"e","method":"video.message","params":{}}', -32602, 'e'],
      ['{"jsonrpc":"2.0","id":"f","method":"signalwire.connect","params":{}}', -32600, 'f'],
      ['{"jsonrpc":"2.0","id":"g","method":"signalwire.reauthenticate"}', -32602, 'g'],
    ]
    for (const [text, code, id] of cases) {
      const answer = await answerTo(member, () => member.sendText(text))
      expect(answer, text).toMatchObject({ jsonrpc: '2.0', id, error: { code } })
      expect(answer['error'].message.length).toBeGreaterThan(5)
    }
    await expectUndisturbed(test, member)
  })

  it('of Verto is refused inside the reply, or as the stock client expects it', async () => {
    await using test = await startTestServer()
    const member = await test.join()
    const dialogParams = { callID: randomUUID() }
    await expect(member.verto('verto.nothing', {})).rejects.toMatchObject({ code: -32601 })
    await expect(member.verto('verto.invite', { dialogParams })).rejects.toMatchObject({ code: -32602 })
    await expect(member.verto('verto.invite', { sdp: makeOffer('x') })).rejects.toMatchObject({
      code: -32602,
    })
    await expect(member.verto('verto.modify', { dialogParams, action: 'jump' })).rejects.toMatchObject({
      code: -32602,
    })
    const modify = { dialogParams, action: 'updateMedia', sdp: makeOffer('x') }
    await expect(member.verto('verto.modify', modify)).rejects.toMatchObject({ code: '404' })
    await expect(member.verto('verto.info', { dialogParams, dtmf: '1' })).rejects.toMatchObject({
      code: '404',
    })
    expect(await member.verto('verto.bye', { dialogParams })).toMatchObject({ message: 'CALL ENDED' })
    await expectUndisturbed(test, member)
  })

  it('in place of SDP is refused before anything happens', async () => {
    await using test = await startTestServer()
    const member = await test.join()
    const client = await test.open()
    await client.connect(await test.token())
    const offers = [
      'hello',
      'v=1\r\n',
      'v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\n',
      makeOffer('x').replaceAll('a=fingerprint:', 'a=x:'),
    ]
    for (const sdp of offers) {
      await expect(client.invite(randomUUID(), sdp), sdp).rejects.toMatchObject({ code: '400' })
    }
    await expect(client.invite(randomUUID(), `v=0\r\n${'a=x\r\n'.repeat(20_000)}`)).rejects.toMatchObject({
      code: -32602,
    })
    expect(client.count('verto.answer')).toBe(0)
    expect(test.media.room.legs.size).toBe(1)
    await client.joinRoom()
    await expectUndisturbed(test, member)
  })

  it('over 256 kB closes the socket with 1009', async () => {
    await using test = await startTestServer()
    const member = await test.join()
    const client = await test.open()
    client.sendText('x'.repeat(256 * 1024 + 1))
    expect(await client.closed()).toBe(1009)
    await expectUndisturbed(test, member)
  })

  it('in binary closes the socket with 1003', async () => {
    await using test = await startTestServer()
    const client = await test.open()
    client.socket.send(Buffer.from([1, 2, 3]))
    expect(await client.closed()).toBe(1003)
  })

  it('in masses gets an error, then the socket is closed with 1008', async () => {
    await using test = await startTestServer()
    const member = await test.join()
    const client = await test.open()
    for (let i = 0; i < 450; i++) client.sendText(JSON.stringify({ jsonrpc: '2.0', id: i, method: 'x' }))
    expect(await client.closed()).toBe(1008)
    expect(client.frames.at(-1)?.['error'].message).toContain('200')
    await expectUndisturbed(test, member)
  })

  it('before connect is refused whatever it is', async () => {
    await using test = await startTestServer()
    const client = await test.open()
    for (const method of ['video.message', 'video.members.get', 'signalwire.reauthenticate', 'nothing']) {
      expect((await client.request(method))['error'].code).toBe(-32600)
    }
    await client.connect(await test.token())
  })

  it('to a room method before joining is refused', async () => {
    await using test = await startTestServer()
    const client = await test.open()
    await client.connect(await test.token())
    expect((await client.request('video.members.get'))['result'].code).toBe('409')
  })

  it('as a token is refused in the words of the original', async () => {
    await using test = await startTestServer()
    const good = await test.token()
    const [header, payload, signature] = good.split('.') as [string, string, string]
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
    const sign = (alg: string, typ: string, body: Record<string, unknown>, secret: string): Promise<string> =>
      new SignJWT(body).setProtectedHeader({ alg, typ }).sign(new TextEncoder().encode(secret))
    const bad = {
      'no token': 'nonsense',
      'other claims under the signature': `${header}.${part({ ...claims, s: ['room.lock'] })}.${signature}`,
      'cut signature': good.slice(0, -4),
      'alg none': `${part({ alg: 'none', typ: 'VRT' })}.${payload}.`,
      'other secret': await sign('HS512', 'VRT', claims, `${testSecret}!`),
      'other algorithm': await sign('HS256', 'VRT', claims, testSecret),
      'other type': await sign('HS512', 'JWT', claims, testSecret),
      'other project': await sign('HS512', 'VRT', { ...claims, sub: 'someone-else' }, testSecret),
      'claims missing': await sign('HS512', 'VRT', { sub: claims['sub'], r: 'lobby' }, testSecret),
    }
    const client = await test.open()
    for (const [what, jwt_token] of Object.entries(bad)) {
      const params = { version: { major: 3 }, authentication: { jwt_token } }
      const reply = await client.request('signalwire.connect', params)
      expect(reply['error'], what).toEqual({
        code: -32002,
        message: 'Authentication service failed with status ProtocolError, 401 Unauthorized: {}',
      })
    }
    const wrongVersion = { version: { major: 4 }, authentication: { jwt_token: good } }
    expect((await client.request('signalwire.connect', wrongVersion))['error'].code).toBe(-32602)
    await client.connect(good)
    expect(test.server.counts().sessions).toBe(1)
  })

  it('on any other path is no WebSocket', async () => {
    await using test = await startTestServer()
    const socket = new WebSocket(`${test.url}/elsewhere`)
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve))
    expect(error.message).toContain('404')
  })

  it('from a client that does not read its socket is not kept for ever', async () => {
    await using test = await startTestServer()
    const member = await test.join()
    const deafMember = await test.join()
    deafMember.socket.pause()
    const meta = { text: 'x'.repeat(1900) }
    let sent = 0
    while (test.server.counts().connections === 2 && sent < 40_000) {
      for (let i = 0; i < 100; i++) {
        meta.text = `${sent++}${meta.text}`.slice(0, 1900)
        member.sendText(
          JSON.stringify({ jsonrpc: '2.0', id: `m${sent}`, method: 'video.set_meta', params: { meta } }),
        )
      }
      await member.roundTrip()
      await test.clock.advance(1000)
    }
    expect(test.server.counts().connections).toBe(1)
    // Its place is kept: it may come back.
    expect(test.server.counts().participants).toBe(2)
    deafMember.kill()
  }, 30_000)
})
