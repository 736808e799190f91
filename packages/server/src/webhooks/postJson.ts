import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AddressPolicy } from '@roomful/media/net/index'

const timeoutMs = 10_000

/**
 * Posts JSON to a URL of a user and resolves with the status. Follows no redirects, reads no body, and connects to
 * addresses that the policy allows only. Rejects with words if no answer comes within 10 s.
 */
export async function postJson(
  url: string,
  body: string,
  headers: Record<string, string>,
  policy: AddressPolicy,
): Promise<number> {
  const target = new URL(url)
  const isSecure = target.protocol === 'https:'
  const hostname = target.hostname.replace(/^\[|\]$/g, '')
  const { lookup } = await policy.pinned(hostname, Number(target.port || (isSecure ? 443 : 80)))
  return await new Promise((resolve, reject) => {
    const request = (isSecure ? httpsRequest : httpRequest)(target, {
      method: 'POST',
      lookup,
      agent: false,
      timeout: timeoutMs,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Roomful-Webhooks',
      },
    })
    // The socket's own timeout starts anew with every byte.
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer in ${timeoutMs / 1000} s`)),
      timeoutMs,
    )
    request.once('close', () => clearTimeout(timer))
    request.once('error', reject)
    request.once('response', (response) => {
      resolve(response.statusCode ?? 0)
      request.destroy()
    })
    request.end(body)
  })
}
