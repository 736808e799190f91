import { z } from 'zod'
import { anyObject, component, isoTime, uuid } from './answers.ts'
import { choice, flag } from './fields.ts'

/** What a webhook may be told of. */
export const webhookEventNames = [
  'room.started',
  'room.ended',
  'member.joined',
  'member.left',
  'recording.ended',
  'stream.ended',
] as const
export type WebhookEventName = (typeof webhookEventNames)[number]

export const maxWebhookUrlLength = 2048
/** Of one project. */
export const maxWebhooks = 20

const urlField = z
  .string({
    error: ({ input }) =>
      input === undefined || input === null ? 'Url must be present' : 'Url must be a string',
  })
  .max(maxWebhookUrlLength, `Url must have at most ${maxWebhookUrlLength} characters`)
  .refine(isHttpUrl, 'Url must be an http:// or https:// URL without user name and password')
  .meta({ examples: ['https://app.example.com/hooks/roomful'] })

const eventsField = z
  .array(choice('Events', webhookEventNames), 'Events must be a list')
  .max(webhookEventNames.length, `Events must have at most ${webhookEventNames.length} entries`)
  .nullish()
  .meta({ description: 'Which events are sent; empty or left out: all.' })

export const createWebhookSchema = component(
  'CreateWebhook',
  z.object({ url: urlField, events: eventsField, enabled: flag('Enabled') }),
)

export const updateWebhookSchema = component(
  'UpdateWebhook',
  z.object({ url: urlField.optional(), events: eventsField, enabled: flag('Enabled') }),
)

export const webhookSchema = component(
  'Webhook',
  z.object({
    id: uuid(),
    url: z.string(),
    events: z.array(z.enum(webhookEventNames)),
    enabled: z.boolean(),
    created_at: isoTime(),
    updated_at: isoTime(),
  }),
)
export type WebhookResource = z.infer<typeof webhookSchema>

export const createdWebhookSchema = component(
  'CreatedWebhook',
  webhookSchema.extend({
    secret: z
      .string()
      .describe('Signs what is sent, by the Standard Webhooks specification. Shown this once.'),
  }),
)

export const webhookListSchema = component('WebhookList', z.object({ data: z.array(webhookSchema) }))

export const webhookDeliverySchema = component(
  'WebhookDelivery',
  z.object({
    id: uuid().describe('The `webhook-id` header of its attempts.'),
    event: z.enum(webhookEventNames),
    status: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.int(),
    next_attempt_at: isoTime().nullable(),
    delivered_at: isoTime().nullable(),
    last_status: z.int().nullable().describe('HTTP status of the last answer.'),
    last_error: z.string().nullable(),
    payload: anyObject(),
    created_at: isoTime(),
  }),
)
export type WebhookDeliveryResource = z.infer<typeof webhookDeliverySchema>

function isHttpUrl(text: string): boolean {
  if (!/^https?:\/\/[^\s\0]+$/i.test(text)) return false
  const url = URL.parse(text)
  return url !== null && url.hostname !== '' && url.username === '' && url.password === ''
}
