import { webhookEventNames, type WebhookEventName } from '@roomful/protocol/rest'
import type { RoomEvent } from '../service/index.ts'

const byType = new Map<string, WebhookEventName>(webhookEventNames.map((name) => [`video.${name}`, name]))

/** Whether webhooks are told of events of this name, e.g. `room.ended`. */
export function isWebhookEvent(name: string): boolean {
  return (webhookEventNames as readonly string[]).includes(name)
}

/** The name under which webhooks are told of an event; undefined: they are not. */
export function webhookEventOf(event: RoomEvent): WebhookEventName | undefined {
  return byType.get(event.type)
}
