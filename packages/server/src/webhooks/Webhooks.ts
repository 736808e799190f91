import { randomUUID } from 'node:crypto'
import type { AddressPolicy } from '@roomful/media/net/index'
import type { Logger } from 'pino'
import type { Cancel, Clock } from '../lib/Clock.ts'
import { SerialQueue } from '../lib/SerialQueue.ts'
import type { RoomEvent, RoomObserver } from '../service/index.ts'
import type {
  Repositories,
  SessionEventRecord,
  Store,
  WebhookDeliveryRecord,
  WebhookRecord,
} from '../store/index.ts'
import { postJson } from './postJson.ts'
import { signatureHeaders } from './signature.ts'
import { withoutSecrets } from '../records/eventRecords.ts'
import { isWebhookEvent, webhookEventOf } from './webhookEvents.ts'

/** Waits after each failed attempt, about; then the delivery is given up. */
export const retryDelaysMs: readonly number[] = [
  5_000,
  30_000,
  120_000,
  600_000,
  3_600_000,
  6 * 3_600_000,
  24 * 3_600_000,
]
/** Retries of many deliveries shall not come at one moment. */
const jitter = 0.2
/** Longer than an attempt takes: a delivery that its server died over is taken up again after it. */
const leaseMs = 60_000
const concurrency = 8
/** The longest wait for a delivery that is due: clocks are set, machines sleep. */
const pollMs = 30_000
const configCacheMs = 5_000
/** Events that wait to be written while the database is slow; the newest are lost beyond it, with a word. */
const queueLimit = 10_000
/** How long the log of deliveries goes back at most. */
const longestKeptMs = 7 * 24 * 3_600_000
const goneStatus = 410

export type WebhooksOptions = {
  store: Pick<Store, 'webhooks' | 'webhookDeliveries'>
  policy: AddressPolicy
  /** How long the log of deliveries goes back, if less than seven days. */
  keptMs?: number | undefined
  clock: Clock
  logger: Logger
}

/**
 * Tells applications what happens in their rooms. An event is written into the store's outbox first and sent from
 * there, so a restart loses none; rooms never wait for either. At least once, hardly ever twice, and in order only
 * as long as nothing fails: `id` and `created_at` tell.
 */
export class Webhooks implements RoomObserver {
  readonly #options: WebhooksOptions
  readonly #writes = new SerialQueue(queueLimit)
  readonly #cache = new Map<string, { webhooks: Promise<WebhookRecord[]>; untilMs: number }>()
  readonly #underWay = new Set<Promise<void>>()
  #cancelTimer: Cancel = () => {}
  #prunedAtMs = Number.NEGATIVE_INFINITY
  #started = false
  #closed = false
  #claiming = false
  /** Something became due while the due ones were being read. */
  #again = false

  constructor(options: WebhooksOptions) {
    this.#options = options
  }

  /** Begins to send what is due, also from an earlier life. */
  start(): void {
    this.#started = true
    this.#wakeIn(0)
  }

  /**
   * Writes what is to be told of events from the records, in the transaction that those are written in. It is sent
   * after `wake`.
   */
  async write(
    to: Pick<Repositories, 'webhooks' | 'webhookDeliveries'>,
    events: readonly SessionEventRecord[],
  ): Promise<void> {
    const byProject = new Map<string, WebhookRecord[]>()
    for (const { projectId, name, payload, createdAtMs } of events) {
      if (!isWebhookEvent(name)) continue
      const webhooks = byProject.get(projectId) ?? (await to.webhooks.list(projectId))
      byProject.set(projectId, webhooks)
      const deliveries = this.#deliveries(webhooks, projectId, name, payload, createdAtMs)
      if (deliveries.length > 0) await to.webhookDeliveries.enqueue(deliveries)
    }
  }

  /** Sends what `write` has written. */
  wake(): void {
    this.#wakeIn(0)
  }

  onEvent({ core }: { core: { settings: { projectId: string } } }, event: RoomEvent): void {
    const name = webhookEventOf(event)
    if (name === undefined || this.#closed) return
    this.#writes
      .run(() => this.#enqueue(core.settings.projectId, name, event))
      .catch((error: unknown) => {
        this.#options.logger.error({ err: error, event: name }, 'An event for webhooks was lost')
      })
  }

  /** Writes what is still to be written, and waits for attempts under way. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#cancelTimer()
    await this.#writes.drained()
    await Promise.allSettled([...this.#underWay])
  }

  async #enqueue(projectId: string, name: string, event: RoomEvent): Promise<void> {
    const webhooks = await this.#webhooksOf(projectId)
    const payload = withoutSecrets(event.params)
    const deliveries = this.#deliveries(webhooks, projectId, name, payload, event.timestampMs)
    if (deliveries.length === 0) return
    await this.#options.store.webhookDeliveries.enqueue(deliveries)
    this.#wakeIn(0)
  }

  /** One for each webhook that wants to know. */
  #deliveries(
    webhooks: readonly WebhookRecord[],
    projectId: string,
    eventName: string,
    payload: Record<string, unknown>,
    timestampMs: number,
  ): WebhookDeliveryRecord[] {
    const nextAttemptAtMs = this.#options.clock.nowMs()
    return webhooks
      .filter(({ enabled, events }) => enabled && (events.length === 0 || events.includes(eventName)))
      .map(({ id: webhookId }) => ({
        ...{ id: randomUUID(), projectId, webhookId, eventName, payload, attempts: 0, nextAttemptAtMs },
        ...{ deliveredAtMs: null, failedAtMs: null, lastStatus: null, lastError: null },
        createdAtMs: Math.round(timestampMs),
      }))
  }

  #webhooksOf(projectId: string): Promise<WebhookRecord[]> {
    const nowMs = this.#options.clock.nowMs()
    const cached = this.#cache.get(projectId)
    if (cached !== undefined && nowMs < cached.untilMs) return cached.webhooks
    const webhooks = this.#options.store.webhooks.list(projectId)
    this.#cache.set(projectId, { webhooks, untilMs: nowMs + configCacheMs })
    webhooks.catch(() => this.#cache.delete(projectId))
    return webhooks
  }

  #wakeIn(delayMs: number): void {
    if (this.#closed || !this.#started) return
    this.#cancelTimer()
    this.#cancelTimer = this.#options.clock.setTimeout(() => {
      this.#sendDue().catch((error: unknown) => {
        this.#options.logger.warn({ err: error }, 'Webhooks wait for the database')
        this.#wakeIn(pollMs)
      })
    }, delayMs)
  }

  async #sendDue(): Promise<void> {
    const { store, clock } = this.#options
    if (this.#closed) return
    if (this.#claiming) {
      this.#again = true
      return
    }
    this.#claiming = true
    this.#again = false
    try {
      const free = concurrency - this.#underWay.size
      const due = free > 0 ? await store.webhookDeliveries.claim(clock.nowMs(), free, leaseMs) : []
      for (const delivery of due) this.#track(this.#attempt(delivery))
      await this.#prune()
      // With none free, the end of an attempt looks again; with none due, the next event does.
      const nextMs = due.length === free ? null : await store.webhookDeliveries.nextDueMs()
      if (this.#again) this.#wakeIn(0)
      else if (nextMs !== null) this.#wakeIn(Math.min(Math.max(0, nextMs - clock.nowMs()), pollMs))
    } finally {
      this.#claiming = false
    }
  }

  #track(attempt: Promise<void>): void {
    const done = attempt.catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, 'The end of a webhook delivery could not be noted')
    })
    this.#underWay.add(done)
    void done.then(() => {
      this.#underWay.delete(done)
      this.#wakeIn(0)
    })
  }

  async #attempt(delivery: WebhookDeliveryRecord): Promise<void> {
    const { store, clock, policy, logger } = this.#options
    const { id, projectId, webhookId, attempts } = delivery
    const webhook = await store.webhooks.find(projectId, webhookId)
    if (webhook === null || !webhook.enabled) {
      const failure = { status: null, error: 'The webhook was removed or disabled', nextAttemptAtMs: null }
      await store.webhookDeliveries.failed(id, failure, clock.nowMs())
      return
    }
    const body = JSON.stringify({
      id,
      type: delivery.eventName,
      created_at: new Date(delivery.createdAtMs).toISOString(),
      project_id: projectId,
      data: delivery.payload,
    })
    const timestampSeconds = Math.floor(clock.nowMs() / 1000)
    const headers = signatureHeaders(webhook.secret, { id, timestampSeconds, body })
    let status: number | null = null
    let error: string
    try {
      status = await postJson(webhook.url, body, headers, policy)
      if (status >= 200 && status < 300) {
        await store.webhookDeliveries.delivered(id, status, clock.nowMs())
        return
      }
      error = `The endpoint answered ${status}`
    } catch (thrown) {
      error = thrown instanceof Error ? thrown.message : String(thrown)
    }
    const nowMs = clock.nowMs()
    const delayMs = status === goneStatus ? undefined : retryDelaysMs[attempts - 1]
    const nextAttemptAtMs =
      delayMs === undefined ? null : Math.round(nowMs + delayMs * (1 + jitter * (Math.random() - 0.5)))
    logger.info({ deliveryId: id, webhookId, attempts, status, error }, 'A webhook delivery failed')
    await store.webhookDeliveries.failed(id, { status, error, nextAttemptAtMs }, nowMs)
    // Its owner says, in so many words, that it wants no more.
    if (status === goneStatus)
      await store.webhooks.update(projectId, webhookId, { enabled: false, updatedAtMs: nowMs })
  }

  async #prune(): Promise<void> {
    const nowMs = this.#options.clock.nowMs()
    if (nowMs - this.#prunedAtMs < 3_600_000) return
    this.#prunedAtMs = nowMs
    const keptMs = Math.min(this.#options.keptMs ?? longestKeptMs, longestKeptMs)
    await this.#options.store.webhookDeliveries.prune(nowMs - keptMs)
  }
}
