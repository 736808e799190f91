import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendError } from './errors.ts'

/** Checks HTTP Basic credentials (RFC 7617): user = project id, password = API token. */
export function requireBasicAuth(credentials: { projectId: string; apiToken: string }) {
  const expected = digest(`${credentials.projectId}:${credentials.apiToken}`)
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const given = basicCredentials(request.headers.authorization)
    // Digests have one length, so the comparison tells nothing about what is right.
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return undefined
    reply.header('www-authenticate', 'Basic realm="Roomful", charset="UTF-8"')
    return sendError(reply, 401)
  }
}

function basicCredentials(header: string | undefined): string | undefined {
  const match = /^basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '')
  return match?.[1] === undefined ? undefined : Buffer.from(match[1], 'base64').toString('utf8')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
