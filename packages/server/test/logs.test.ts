import { Writable } from 'node:stream'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { makeOffer } from './support/offer.ts'
import { startTestServer } from './support/startTestServer.ts'
import { TestClient } from './support/TestClient.ts'

it('what is logged from info up holds no token, no SDP, no credentials and no stream key', async () => {
  const lines: string[] = []
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString())
      done()
    },
  })
  await using test = await startTestServer({ logger: pino({ level: 'info' }, sink) })
  const { url, config } = test.server
  const token = await test.token({ u: 'Ada' })
  const ada = await TestClient.join(url.replace('http', 'ws'), token)
  const streamUrl = 'rtmp://live.example.com/app/SECRET-STREAM-KEY'
  await ada.request('video.stream.start', { url: streamUrl })
  await ada.request('video.stream.start', { url: 'rtmp://[broken/SECRET-STREAM-KEY' })
  await ada.request('video.playback.start', {
    url: 'https://user:SECRET-PASSWORD@files.example.com/film.mp4',
  })
  await ada.verto('verto.modify', {
    dialogParams: { callID: ada.callId },
    action: 'updateMedia',
    sdp: makeOffer('again'),
  })
  // Refusals and broken input are logged too.
  test.media.room.die()
  const stranger = await test.open()
  await stranger.request('signalwire.connect', {
    version: { major: 3, minor: 0, revision: 0 },
    authentication: { jwt_token: `${token.slice(0, -5)}AAAAA` },
  })
  await expect(ada.invite('x', 'v=0 SECRET-OFFER')).rejects.toThrow()
  const basic = Buffer.from(`${config.projectId}:${config.apiToken}`).toString('base64')
  const headers = { authorization: `Basic ${basic}`, 'content-type': 'application/json' }
  await fetch(`${url}/api/video/rooms`, { method: 'POST', headers, body: '{"name": 7}' })
  await fetch(`${url}/api/video/room_tokens`, { method: 'POST', headers, body: '{"room_name": "lobby"}' })
  await fetch(`${url}/api/video/rooms?token=${token}`, { headers })
  await test.pass(20_000)
  ada.close()
  await test.server.close()

  const log = lines.join('')
  expect(lines.length, 'something was logged').toBeGreaterThan(3)
  for (const secret of [
    token.slice(20, 60),
    token.split('.')[2]!.slice(0, 20),
    config.apiToken,
    basic,
    config.tokenSecret,
    'SECRET-STREAM-KEY',
    'SECRET-PASSWORD',
    'SECRET-OFFER',
    'a=fingerprint',
    'a=ice-pwd',
    'm=audio',
  ]) {
    const line = lines.find((text) => text.includes(secret))
    expect(line, `"${secret.slice(0, 12)}…" in the log`).toBeUndefined()
  }
  expect(log).not.toMatch(/eyJ[\w-]{20}/)
})
