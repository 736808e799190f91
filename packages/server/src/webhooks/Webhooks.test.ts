import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AddressPolicy } from '@roomful/media/net/index'
import { pino } from 'pino'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/ManualClock.ts'
import { waitFor } from '../../test/support/waitFor.ts'
import type { RoomEvent } from '../service/index.ts'
import { openStore, type Store, type WebhookRecord } from '../store/index.ts'
import { newWebhookSecret } from './signature.ts'
import { retryDelaysMs, Webhooks } from './Webhooks.ts'

type Received = { headers: IncomingHttpHeaders; body: string }

const projectId = 'a project'
const logger = pino({ level: 'silent' })
const room = { core: { settings: { projectId } } }

let directory: string
let store: Store
let clock: ManualClock
let webhooks: Webhooks
let server: Server
let url: string
let received: Received[]
/** Status of the next answers; 200 after them. */
let statuses: number[]

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'roomful-webhooks-'))
  store = await openStore({ dataDir: directory, databaseUrl: undefined, logger })
  await store.projects.ensure({ id: projectId, name: 'test', createdAtMs: 0 })
  clock = new ManualClock()
  received = []
  statuses = []
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      received.push({ headers: request.headers, body })
      response.writeHead(statuses.shift() ?? 200).end('thank you')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  webhooks = begin(['127.0.0.1'])
})

afterEach(async () => {
  await webhooks.close()
  server.closeAllConnections()
  server.close()
  await store.close()
  rmSync(directory, { recursive: true, force: true })
})

function begin(allowedHosts: string[]): Webhooks {
  const begun = new Webhooks({ store, policy: new AddressPolicy({ allowedHosts }), clock, logger })
  begun.start()
  return begun
}

async function subscribe(fields: Partial<WebhookRecord> = {}): Promise<WebhookRecord> {
  const webhook: WebhookRecord = {
    id: randomUUID(),
    projectId,
    url,
    secret: newWebhookSecret(),
    events: [],
    enabled: true,
    createdAtMs: 0,
    updatedAtMs: 0,
    ...fields,
  }
  await store.webhooks.create(webhook)
  return webhook
}

const event = (type: string, params: object = { room_id: 'room' }): RoomEvent =>
  ({ type, params, channel: 'room.x', timestampMs: clock.nowMs() }) as unknown as RoomEvent

/** Lets the timers run, and what they began, until `condition`. */
const until = (condition: () => unknown, what: string) =>
  waitFor(async () => {
    await clock.advance(1)
    return condition()
  }, what)

const deliveries = async (webhook: WebhookRecord) =>
  (await store.webhookDeliveries.list(projectId, webhook.id, { pageSize: 10 })).items

async function untilDelivery(webhook: WebhookRecord, matches: (delivery: object) => boolean) {
  let found = await deliveries(webhook)
  for (let turn = 0; turn < 500 && !found.some(matches); turn++) {
    await clock.advance(1)
    found = await deliveries(webhook)
  }
  expect(found.filter(matches)).toHaveLength(1)
  return found.find(matches)!
}

describe('webhooks', () => {
  it('are told of what they ask for, with a signature that the library of the standard accepts', async () => {
    const webhook = await subscribe({ events: ['member.joined', 'room.ended'] })
    webhooks.onEvent(room, event('video.room.started'))
    webhooks.onEvent(room, event('video.member.updated'))
    webhooks.onEvent(room, event('video.member.joined', { member: { id: 'm', name: 'Ann' } }))
    await until(() => received.length > 0, 'a delivery')
    const [{ headers, body }] = received as [Received]
    const payload = new Webhook(webhook.secret).verify(body, {
      'webhook-id': headers['webhook-id'] as string,
      // The library looks at the real time; ours stands still.
      ...signedNow(webhook, headers['webhook-id'] as string, body),
    })
    expect(payload).toEqual({
      id: headers['webhook-id'],
      type: 'member.joined',
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      project_id: projectId,
      data: { member: { id: 'm', name: 'Ann' } },
    })
    const { signature } = timed(webhook, headers, body)
    expect(headers['webhook-signature']).toBe(signature)
    await untilDelivery(webhook, (delivery) => 'lastStatus' in delivery && delivery.lastStatus === 200)
    expect(received).toHaveLength(1)
  })

  it('are tried again with longer and longer waits, and given up in the end', async () => {
    const webhook = await subscribe()
    statuses = Array.from({ length: 20 }, () => 503)
    webhooks.onEvent(room, event('video.room.started'))
    await until(() => received.length === 1, 'the first attempt')
    for (const [index, delayMs] of retryDelaysMs.entries()) {
      const waiting = await untilDelivery(
        webhook,
        (d) => 'attempts' in d && d.attempts === index + 1 && isWaiting(d),
      )
      const waitMs = waiting.nextAttemptAtMs! - clock.nowMs()
      expect(Math.abs(waitMs - delayMs)).toBeLessThan(delayMs * 0.1 + 1000)
      await clock.advance(waitMs - 1)
      expect(received, `not before ${delayMs} ms`).toHaveLength(index + 1)
      // The timer looks again within 30 s: time may have leapt while it was being set.
      await waitFor(() => received.length > index + 1 || clock.pending > 0, 'the timer')
      if (received.length === index + 1) await clock.advance(31_000)
      await until(() => received.length === index + 2, `attempt ${index + 2}`)
    }
    const last = await untilDelivery(webhook, (d) => 'failedAtMs' in d && d.failedAtMs !== null)
    expect(last).toMatchObject({ attempts: 8, lastStatus: 503, lastError: 'The endpoint answered 503' })
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  })

  it('that answer 410 are not told anything more', async () => {
    const webhook = await subscribe()
    statuses = [410]
    webhooks.onEvent(room, event('video.room.started'))
    await untilDelivery(webhook, (d) => 'failedAtMs' in d && d.failedAtMs !== null)
    await waitFor(async () => !(await store.webhooks.find(projectId, webhook.id))?.enabled, 'the end of it')
  })

  it('never lead to addresses inside, unless the operator allows it', async () => {
    await webhooks.close()
    webhooks = begin([])
    const webhook = await subscribe()
    webhooks.onEvent(room, event('video.room.started'))
    const failed = await untilDelivery(webhook, (d) => 'attempts' in d && d.attempts === 1 && isWaiting(d))
    expect(failed.lastError).toMatch(/127\.0\.0\.1 is an address that URLs may not lead to/)
    expect(received).toEqual([])
  })

  it('hear after a restart what they had not heard before', async () => {
    const webhook = await subscribe()
    statuses = [500]
    webhooks.onEvent(room, event('video.room.started'))
    await untilDelivery(webhook, (d) => 'attempts' in d && d.attempts === 1 && isWaiting(d))
    await webhooks.close()
    webhooks = begin(['127.0.0.1'])
    await clock.advance(retryDelaysMs[0]! * 1.2)
    await until(() => received.length === 2, 'the second attempt')
  })

  it('that do not answer keep nobody waiting but themselves', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    await subscribe({ url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/` })
    await subscribe()
    webhooks.onEvent(room, event('video.room.started'))
    await until(() => received.length === 1, 'the other to be told')
    silent.closeAllConnections()
    silent.close()
  })
})

const isWaiting = (delivery: object): boolean =>
  'nextAttemptAtMs' in delivery &&
  delivery.nextAttemptAtMs !== null &&
  'lastError' in delivery &&
  delivery.lastError !== null

function timed(webhook: WebhookRecord, headers: IncomingHttpHeaders, body: string): { signature: string } {
  const at = new Date(Number(headers['webhook-timestamp']) * 1000)
  return { signature: new Webhook(webhook.secret).sign(headers['webhook-id'] as string, at, body) }
}

function signedNow(webhook: WebhookRecord, id: string, body: string): Record<string, string> {
  const now = new Date()
  return {
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(webhook.secret).sign(id, now, body),
  }
}
