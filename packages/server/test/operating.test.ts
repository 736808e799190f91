import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { runCommand } from '../src/cli/run.ts'
import { startTestServer, type TestServer } from './support/startTestServer.ts'
import { waitFor } from './support/waitFor.ts'

const authorization = ({ server }: TestServer): Record<string, string> => {
  const { projectId, apiToken } = server.config
  return { authorization: `Basic ${Buffer.from(`${projectId}:${apiToken}`).toString('base64')}` }
}

describe('webhooks of a server', () => {
  it('tell an application what happens in its rooms, signed', async () => {
    const told: { type: string; data: Record<string, { name: string }> }[] = []
    let secret = ''
    const application = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (part: string) => (body += part))
      request.on('end', () => {
        const { headers } = request
        // The server's time stands still in this test: the library is asked for the signature of that time.
        const at = new Date(Number(headers['webhook-timestamp']) * 1000)
        const expected = new Webhook(secret).sign(headers['webhook-id'] as string, at, body)
        if (headers['webhook-signature'] === expected) told.push(JSON.parse(body))
        response.end()
      })
    }).listen(0, '127.0.0.1')
    await once(application, 'listening')
    const url = `http://127.0.0.1:${(application.address() as AddressInfo).port}/`
    try {
      await using test = await startTestServer({ allowedHosts: ['127.0.0.1'] })
      const created = await fetch(`${test.server.url}/api/video/webhooks`, {
        method: 'POST',
        headers: { ...authorization(test), 'content-type': 'application/json' },
        body: JSON.stringify({ url, events: ['room.started', 'member.joined', 'member.left', 'room.ended'] }),
      })
      secret = ((await created.json()) as { secret: string }).secret
      // Webhooks are read anew every few seconds.
      await test.pass(6000)
      const ada = await test.join({ u: 'Ada' })
      const bob = await test.join({ u: 'Bob' })
      for (const { callId, verto } of [bob, ada].map((client) => ({
        callId: client.callId,
        verto: client.verto.bind(client),
      }))) {
        await verto('verto.bye', { dialogParams: { callID: callId } })
      }
      const types = () => told.map(({ type }) => type).sort()
      await waitFor(() => test.clock.advance(50).then(() => told.length === 6), 'all deliveries')
      expect(types()).toEqual([
        'member.joined',
        'member.joined',
        'member.left',
        'member.left',
        'room.ended',
        'room.started',
      ])
      const joined = told.filter(({ type }) => type === 'member.joined')
      expect(joined.map(({ data }) => data['member']!.name).sort()).toEqual(['Ada', 'Bob'])
    } finally {
      application.closeAllConnections()
      application.close()
    }
  })
})

describe('/metrics', () => {
  it('shows rooms, members, audience and joins in the format of Prometheus', async () => {
    await using test = await startTestServer()
    await test.join({ r: 'red' })
    await test.join({ r: 'red', ja: 'audience' })
    const refused = test.join({ r: 'nowhere', acr: false })
    await expect(refused).rejects.toThrow()
    const url = `${test.server.url}/metrics`
    const text = async () => (await fetch(url, { headers: authorization(test) })).text()
    await waitFor(async () => (await text()).includes('roomful_join_seconds_count 2'), 'both joins')
    const shown = await text()
    expect(shown).toMatch(/^roomful_rooms 1$/m)
    expect(shown).toMatch(/^roomful_members 1$/m)
    expect(shown).toMatch(/^roomful_audience 1$/m)
    expect(shown).toMatch(/^roomful_websockets 3$/m)
    expect(shown).toMatch(/^roomful_calls_refused_total\{code="room_not_found"\} 1$/m)
    expect(shown).toMatch(/^roomful_room_members\{room="red",room_session_id="[0-9a-f-]{36}"\} 1$/m)
    expect(shown).toMatch(/^roomful_events_total\{type="member.joined"\} [12]$/m)
    // Names of rooms are not for everybody, nor for other projects, which have rooms of their own.
    expect((await fetch(url)).status).toBe(401)
    const said: string[] = []
    const roomful = (...argv: string[]) =>
      runCommand(argv, {
        environment: { ROOMFUL_DATA_DIR: test.server.config.dataDir },
        print: (text) => void said.push(text),
        complain: (text) => void said.push(text),
      })
    await roomful('projects', 'create', 'tenant')
    const [, id = ''] = /ROOMFUL_PROJECT_ID=(\S+)/.exec(said.join('\n')) ?? []
    await roomful('keys', 'create', 'theirs', '--project', id)
    const [, apiToken = ''] = /ROOMFUL_API_TOKEN=(\S+)/.exec(said.join('\n')) ?? []
    const theirs = { headers: { authorization: `Basic ${btoa(`${id}:${apiToken}`)}` } }
    expect((await fetch(`${test.server.url}/api/video/rooms`, theirs)).status).toBe(200)
    expect((await fetch(url, theirs)).status).toBe(403)
  })

  it('answers while a media process does not', async () => {
    await using test = await startTestServer()
    await test.join({ r: 'red' })
    test.media.room.stats = () => new Promise(() => {})
    const response = await fetch(`${test.server.url}/metrics`, { headers: authorization(test) })
    expect(await response.text()).toMatch(/^roomful_rooms 1$/m)
  })
})
