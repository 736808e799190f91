import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { WebhookDeliveryRecord } from '../records.ts'
import { testProjectId, testRecording, testRoom, testSession } from '../testRecords.ts'
import type { Store } from '../types.ts'

export function describeOutputs(opened: { readonly store: Store }): void {
  let store: Store
  // Every test has a project of its own, so they share one database.
  let projectId = ''
  beforeEach(() => {
    store = opened.store
    projectId = randomUUID()
  })

  describe('recordings and streams', () => {
    it('keeps recordings through their states', async () => {
      const session = testSession({ projectId })
      await store.sessions.open(session)
      const recording = testRecording(session.id, { projectId })
      const other = testRecording(session.id, { projectId, status: 'completed' })
      await store.recordings.create(recording)
      await store.recordings.create(other)
      expect(await store.recordings.unfinished(session.id)).toEqual([recording])
      expect(await store.recordings.abandoned(session.ownerId, 3000)).not.toContainEqual(recording)
      await store.sessions.close(session.id, 5000)
      expect(await store.recordings.abandoned(session.ownerId, 0)).toContainEqual(recording)
      expect(await store.recordings.abandoned('another', 2001)).toContainEqual(recording)
      expect(await store.recordings.abandoned('another', 2000)).not.toContainEqual(recording)
      const done = { status: 'completed', finishedAtMs: 9, durationMs: 7, sizeBytes: 2 ** 40 } as const
      expect(await store.recordings.update(projectId, recording.id, done)).toEqual({
        ...recording,
        ...done,
      })
      expect(await store.recordings.update(testProjectId, recording.id, done)).toBeNull()
      expect(await store.recordings.unfinished(session.id)).toEqual([])
      const list = await store.recordings.list(projectId, { pageSize: 5 }, { sessionId: session.id })
      expect(list.items.map(({ id }) => id)).toEqual([other.id, recording.id])
      expect(await store.recordings.delete(testProjectId, other.id)).toBeNull()
      expect(await store.recordings.delete(projectId, other.id)).toEqual(other)
      expect(await store.recordings.find(projectId, other.id)).toBeNull()
    })

    it('keeps the standing orders of a room', async () => {
      const room = testRoom({ projectId })
      await store.rooms.create(room)
      const stream = newStream(room.id)
      await store.streams.create(stream)
      const patch = { url: 'rtmps://other/app', updatedAtMs: 8 }
      expect(await store.streams.update(testProjectId, stream.id, patch)).toBeNull()
      expect(await store.streams.update(projectId, stream.id, patch)).toEqual({ ...stream, ...patch })
      expect((await store.streams.list(projectId, room.id, { pageSize: 5 })).items).toHaveLength(1)
      expect(await store.streams.delete(projectId, stream.id)).toEqual({ ...stream, ...patch })
      expect(await store.streams.delete(projectId, stream.id)).toBeNull()
    })
  })

  describe('webhooks', () => {
    it('hands each delivery to one taker at a time', async () => {
      const webhook = {
        ...{ id: randomUUID(), projectId, url: 'https://x.example', secret: 's' },
        ...{ events: ['room.started'], enabled: true, createdAtMs: 1, updatedAtMs: 1 },
      }
      await store.webhooks.create(webhook)
      expect(await store.webhooks.list(projectId)).toEqual([webhook])
      const disabled = { ...webhook, enabled: false }
      expect(await store.webhooks.update(projectId, webhook.id, { enabled: false })).toEqual(disabled)
      const deliveries = [10, 20, 30].map((dueMs) => newDelivery(webhook.id, dueMs))
      await store.webhookDeliveries.enqueue(deliveries)
      expect(await store.webhookDeliveries.nextDueMs()).toBe(10)
      const takers = [0, 1, 2].map(() => store.webhookDeliveries.claim(20, 2, 1000))
      const taken = (await Promise.all(takers)).flat()
      expect(taken.map(({ id }) => id).sort()).toEqual(
        deliveries
          .slice(0, 2)
          .map(({ id }) => id)
          .sort(),
      )
      expect(taken.every(({ attempts }) => attempts === 1)).toBe(true)
      expect(await store.webhookDeliveries.nextDueMs()).toBe(30)
      const [first, second, third] = deliveries as [
        WebhookDeliveryRecord,
        WebhookDeliveryRecord,
        WebhookDeliveryRecord,
      ]
      await store.webhookDeliveries.delivered(first.id, 204, 25)
      const failure = { status: 500, error: 'Server error' }
      await store.webhookDeliveries.failed(second.id, { ...failure, nextAttemptAtMs: 40 }, 25)
      await store.webhookDeliveries.failed(third.id, { ...failure, nextAttemptAtMs: null }, 25)
      expect((await store.webhookDeliveries.claim(50, 10, 1000)).map(({ id }) => id)).toEqual([second.id])
      // The lease is over: whoever took it must have died.
      expect(await store.webhookDeliveries.claim(1050, 10, 1000)).toMatchObject([{ attempts: 3 }])
      await store.webhookDeliveries.prune(26)
      const { items } = await store.webhookDeliveries.list(projectId, webhook.id, { pageSize: 10 })
      expect(items).toMatchObject([{ id: second.id, lastStatus: 500, lastError: 'Server error' }])
      expect(await store.webhooks.delete(projectId, webhook.id)).toBe(true)
      expect(await store.webhookDeliveries.nextDueMs()).toBeNull()
    })
  })

  describe('transactions', () => {
    it('do all or nothing', async () => {
      const room = testRoom({ projectId })
      const failing = store.transaction(async ({ rooms, sessions }) => {
        await rooms.create(room)
        await sessions.open(testSession({ projectId, roomId: room.id }))
        throw new Error('changed my mind')
      })
      await expect(failing).rejects.toThrow('changed my mind')
      expect(await store.rooms.find(projectId, room.id)).toBeNull()
      const session = testSession({ projectId, roomId: room.id })
      await store.transaction(async (within) => {
        await within.rooms.create(room)
        await within.sessions.open(session)
        await within.sessions.close(session.id, 2000)
      })
      expect((await store.sessions.find(projectId, session.id))?.status).toBe('completed')
    })

    it('go on beside other work', async () => {
      const rooms = Array.from({ length: 20 }, () => testRoom({ projectId }))
      await Promise.all(
        rooms.map((room, i) =>
          i % 2 === 0
            ? store.rooms.create(room)
            : store.transaction(async (within) => {
                await within.rooms.create(room)
                await within.rooms.update(projectId, room.id, { displayName: 'twice' })
              }),
        ),
      )
      expect((await store.rooms.list(projectId, { pageSize: 50 })).items).toHaveLength(20)
      await store.ping()
    })
  })

  function newStream(roomId: string) {
    return {
      id: randomUUID(),
      projectId,
      roomId,
      url: 'rtmp://host/app/key',
      createdAtMs: 1,
      updatedAtMs: 1,
    }
  }

  function newDelivery(webhookId: string, dueMs: number): WebhookDeliveryRecord {
    return {
      ...{ id: randomUUID(), projectId, webhookId, eventName: 'room.started', payload: { a: 1 } },
      ...{ attempts: 0, nextAttemptAtMs: dueMs, deliveredAtMs: null, failedAtMs: null },
      ...{ lastStatus: null, lastError: null, createdAtMs: 1 },
    }
  }
}
