import { randomUUID } from 'node:crypto'
import {
  createdWebhookSchema,
  createWebhookSchema,
  maxWebhooks,
  pagingQuerySchema,
  updateWebhookSchema,
  webhookDeliverySchema,
  webhookListSchema,
  webhookSchema,
} from '@roomful/protocol/rest'
import type { FastifyInstance } from 'fastify'
import { newWebhookSecret } from '../webhooks/signature.ts'
import { apiBase, type RestContext } from './context.ts'
import { endpoint, findByPath, toId } from './endpoint.ts'
import { invalid, refuse } from './errors.ts'
import { listEndpoint, mapPage } from './list.ts'
import { toWebhook, toWebhookDelivery } from './resources/webhook.ts'

const about =
  'Not in the original. The endpoint gets a POST with JSON `{id, type, created_at, project_id, data}` and the headers `webhook-id`, `webhook-timestamp` and `webhook-signature` of the Standard Webhooks specification. Anything but a status of 200 to 299 within 10 s is tried again, eight times over about 31 hours; 410 disables the webhook.'

/** `/webhooks`: who is told what happens in the project's rooms. */
export function webhookRoutes(app: FastifyInstance, context: RestContext): void {
  const { store, authenticate, clock } = context
  const list = { tag: 'Webhooks', authenticate, url: `${apiBase}/webhooks` }
  const one = { tag: 'Webhooks', authenticate, url: `${apiBase}/webhooks/:id` }

  endpoint(
    app,
    {
      ...list,
      method: 'POST',
      id: 'createWebhook',
      summary: 'Add a webhook',
      description: about,
      body: createWebhookSchema,
      success: { status: 200, schema: createdWebhookSchema },
      errors: [401, 403, 422],
    },
    async ({ projectId, body }) => {
      if ((await store.webhooks.list(projectId)).length >= maxWebhooks)
        return invalid(null, `A project can have ${maxWebhooks} webhooks`)
      const nowMs = clock.nowMs()
      const webhook = {
        id: randomUUID(),
        projectId,
        url: body.url,
        secret: newWebhookSecret(),
        events: [...new Set(body.events ?? [])],
        enabled: body.enabled ?? true,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
      }
      await store.webhooks.create(webhook)
      return { ...toWebhook(webhook), secret: webhook.secret }
    },
  )

  endpoint(
    app,
    {
      ...list,
      method: 'GET',
      id: 'listWebhooks',
      summary: 'List the webhooks',
      success: { status: 200, schema: webhookListSchema },
      errors: [401, 403],
    },
    async ({ projectId }) => ({ data: (await store.webhooks.list(projectId)).map(toWebhook) }),
  )

  endpoint(
    app,
    {
      ...one,
      method: 'GET',
      id: 'getWebhook',
      summary: 'One webhook',
      success: { status: 200, schema: webhookSchema },
      errors: [401, 403, 404],
    },
    async (call) => {
      const webhook = await findByPath(store.webhooks, call)
      return webhook === null ? refuse(404) : toWebhook(webhook)
    },
  )

  endpoint(
    app,
    {
      ...one,
      method: 'PUT',
      id: 'updateWebhook',
      summary: 'Change a webhook',
      description: 'Fields that are left out stay. Takes effect within 5 seconds.',
      body: updateWebhookSchema,
      success: { status: 200, schema: webhookSchema },
      errors: [401, 403, 404, 422],
    },
    async ({ projectId, params, body }) => {
      const id = toId(params['id'])
      if (id === undefined) return refuse(404)
      const webhook = await store.webhooks.update(projectId, id, {
        ...(body.url !== undefined && { url: body.url }),
        ...(body.events !== undefined && { events: [...new Set(body.events ?? [])] }),
        ...(body.enabled !== undefined && { enabled: body.enabled ?? true }),
        updatedAtMs: clock.nowMs(),
      })
      return webhook === null ? refuse(404) : toWebhook(webhook)
    },
  )

  endpoint(
    app,
    {
      ...one,
      method: 'DELETE',
      id: 'deleteWebhook',
      summary: 'Delete a webhook',
      description: 'What was not delivered yet never will be.',
      success: { status: 204 },
      errors: [401, 403, 404],
    },
    async ({ projectId, params }) => {
      const id = toId(params['id'])
      const isDeleted = id !== undefined && (await store.webhooks.delete(projectId, id))
      return isDeleted ? undefined : refuse(404)
    },
  )

  listEndpoint(
    app,
    context,
    {
      ...one,
      url: `${one.url}/deliveries`,
      id: 'listWebhookDeliveries',
      summary: 'What a webhook was told, and what became of it',
      description: 'Deliveries that came to an end are kept for seven days.',
      query: pagingQuerySchema,
      entry: webhookDeliverySchema,
    },
    async (call, wanted) => {
      const webhook = await findByPath(store.webhooks, call)
      if (webhook === null) return refuse(404)
      const page = await store.webhookDeliveries.list(call.projectId, webhook.id, wanted)
      return mapPage(page, toWebhookDelivery)
    },
  )
}
