import {
  webhookEventNames,
  type WebhookDeliveryResource,
  type WebhookEventName,
  type WebhookResource,
} from '@roomful/protocol/rest'
import type { WebhookDeliveryRecord, WebhookRecord } from '../../store/index.ts'
import { toIsoTime } from './time.ts'

/** Without its secret, which is shown once only. */
export function toWebhook({
  id,
  url,
  events,
  enabled,
  createdAtMs,
  updatedAtMs,
}: WebhookRecord): WebhookResource {
  return {
    id,
    url,
    events: events.filter(isEventName),
    enabled,
    created_at: toIsoTime(createdAtMs),
    updated_at: toIsoTime(updatedAtMs),
  }
}

export function toWebhookDelivery(delivery: WebhookDeliveryRecord): WebhookDeliveryResource {
  const { deliveredAtMs, failedAtMs, nextAttemptAtMs } = delivery
  return {
    id: delivery.id,
    event: delivery.eventName as WebhookEventName,
    status: deliveredAtMs !== null ? 'delivered' : failedAtMs !== null ? 'failed' : 'pending',
    attempts: delivery.attempts,
    next_attempt_at: nextAttemptAtMs === null ? null : toIsoTime(nextAttemptAtMs),
    delivered_at: deliveredAtMs === null ? null : toIsoTime(deliveredAtMs),
    last_status: delivery.lastStatus,
    last_error: delivery.lastError,
    payload: delivery.payload,
    created_at: toIsoTime(delivery.createdAtMs),
  }
}

function isEventName(name: string): name is WebhookEventName {
  return (webhookEventNames as readonly string[]).includes(name)
}
