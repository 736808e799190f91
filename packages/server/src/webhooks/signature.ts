import { createHmac, randomBytes } from 'node:crypto'

/** Marks a secret as one of webhooks; the rest is base64. */
const secretPrefix = 'whsec_'
const secretBytes = 32

export function newWebhookSecret(): string {
  return secretPrefix + randomBytes(secretBytes).toString('base64')
}

/**
 * The headers that prove a delivery, by the Standard Webhooks specification, for which there are libraries in most
 * languages: HMAC-SHA256 over `id.timestamp.body`.
 */
export function signatureHeaders(
  secret: string,
  { id, timestampSeconds, body }: { id: string; timestampSeconds: number; body: string },
): Record<string, string> {
  const key = Buffer.from(
    secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret,
    'base64',
  )
  const signature = createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`).digest('base64')
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': `v1,${signature}`,
  }
}
