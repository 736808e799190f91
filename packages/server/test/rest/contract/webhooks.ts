import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { RestApi } from '../RestApi.ts'
import {
  expectEachInvalid,
  expectError,
  expectGuarded,
  expectInvalid,
  expectMalformed,
  expectNotFound,
  expectOk,
  expectPages,
  unknownId,
  type FieldCase,
} from './expectations.ts'

const url = 'https://app.example.com/hooks'

const invalidFields: readonly FieldCase[] = [
  ...['ftp://app.example.com', 'https://', 'https://me:secret@app.example.com/', 'x', '', 7, null].map(
    (value) => ['url', value] as const,
  ),
  ['url', `https://app.example.com/${'x'.repeat(2048)}`],
]

export function webhookContract(api: () => RestApi): void {
  describe('/webhooks', () => {
    it('are added, with a secret that is shown once, listed, changed and deleted', async () => {
      const project = await api().newProject()
      const now = `${new Date(api().clock.nowMs()).toISOString().slice(0, 19)}Z`
      const { secret, ...webhook } = expectOk(await project.post('/webhooks', { url }))
      expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
      expect(webhook).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        url,
        events: [],
        enabled: true,
        created_at: now,
        updated_at: now,
      })
      expect(expectOk(await project.get('/webhooks')).data).toEqual([webhook])
      expect(expectOk(await project.get(`/webhooks/${webhook.id}`))).toEqual(webhook)

      const events = ['room.ended', 'member.left', 'room.ended']
      const changed = expectOk(await project.put(`/webhooks/${webhook.id}`, { events, enabled: false }))
      expect(changed).toMatchObject({ url, events: ['room.ended', 'member.left'], enabled: false })
      expect(expectOk(await project.put(`/webhooks/${webhook.id}`, { url: `${url}/2` }))).toMatchObject({
        url: `${url}/2`,
        events: ['room.ended', 'member.left'],
        enabled: false,
      })
      expectOk(await project.delete(`/webhooks/${webhook.id}`), 204)
      expectError(await project.get(`/webhooks/${webhook.id}`), 404)
    })

    it('refuse what is wrong, by name', async () => {
      const project = await api().newProject()
      await expectEachInvalid((fields) => project.post('/webhooks', { url, ...fields }), invalidFields)
      expectInvalid(await project.post('/webhooks', {}), 'url')
      for (const events of ['room.started', ['room.exploded'], 7, [7]]) {
        const { status, body } = await project.post('/webhooks', { url, events })
        expect([status, body.errors[0].attribute]).toEqual([422, expect.stringMatching(/^events/)])
      }
      expectInvalid(await project.post('/webhooks', { url, enabled: 'yes' }), 'enabled')
      await expectMalformed(project, 'POST', '/webhooks')
    })

    it('are at most 20 in a project', async () => {
      const project = await api().newProject()
      for (let index = 0; index < 20; index++) expectOk(await project.post('/webhooks', { url }))
      expectInvalid(await project.post('/webhooks', { url }), null)
    })

    it('are 404 for what is not there, and guarded', async () => {
      const [project, other] = [await api().newProject(), await api().newProject()]
      const { id: foreign } = expectOk(await other.post('/webhooks', { url }))
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const body = method === 'PUT' ? {} : undefined
        await expectNotFound(project, method, (id) => `/webhooks/${id}`, { others: [foreign], body })
        await expectGuarded(project, method, `/webhooks/${unknownId}`)
      }
      await expectNotFound(project, 'GET', (id) => `/webhooks/${id}/deliveries`, { others: [foreign] })
      await expectGuarded(project, 'GET', `/webhooks/${unknownId}/deliveries`)
      await expectGuarded(project, 'GET', '/webhooks')
      await expectGuarded(project, 'POST', '/webhooks')
    })

    it('show what they were told, newest first, and what became of it', async () => {
      const project = await api().newProject()
      const { id } = expectOk(await project.post('/webhooks', { url }))
      const nowMs = api().clock.nowMs()
      const delivery = (index: number) => ({
        id: randomUUID(),
        projectId: project.id,
        webhookId: id as string,
        eventName: 'room.started',
        payload: { index },
        attempts: 0,
        nextAttemptAtMs: nowMs,
        deliveredAtMs: null,
        failedAtMs: null,
        lastStatus: null,
        lastError: null,
        createdAtMs: nowMs + index,
      })
      const deliveries = [delivery(0), delivery(1), delivery(2)]
      const { webhookDeliveries } = api().store
      await webhookDeliveries.enqueue(deliveries)
      await webhookDeliveries.delivered(deliveries[0]!.id, 204, nowMs)
      const failure = { status: null, error: 'no answer in 10 s', nextAttemptAtMs: null }
      await webhookDeliveries.failed(deliveries[1]!.id, failure, nowMs)
      await expectPages(project, `/webhooks/${id}/deliveries`, deliveries.map((one) => one.id).reverse())
      const { data } = expectOk(await project.get(`/webhooks/${id}/deliveries`))
      expect(data).toMatchObject([
        { status: 'pending', last_status: null, payload: { index: 2 } },
        { status: 'failed', last_error: 'no answer in 10 s', next_attempt_at: null },
        { status: 'delivered', last_status: 204, event: 'room.started' },
      ])
    })
  })
}
