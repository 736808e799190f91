import type { FastifyReply, FastifyRequest } from 'fastify'
import { videoScope } from '../auth/StoredCredentials.ts'
import { sendError } from './errors.ts'

/** Who an API token belongs to, and what it is for. */
export type ScopedCredentials = {
  scopesOf(projectId: string, apiToken: string): Promise<readonly string[] | undefined>
}

/** A hook that lets a request pass, and tells it its project, or answers it. */
export type Authenticate = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>

/** Checks HTTP Basic credentials (RFC 7617): user = project id, password = API token. */
export function requireVideoScope(credentials: ScopedCredentials): Authenticate {
  return async (request, reply) => {
    const [projectId, apiToken] = basicCredentials(request.headers.authorization)
    const scopes = projectId && apiToken ? await credentials.scopesOf(projectId, apiToken) : undefined
    if (projectId === undefined || scopes === undefined) {
      reply.header('www-authenticate', 'Basic realm="Roomful", charset="UTF-8"')
      return sendError(reply, 401)
    }
    if (!scopes.includes(videoScope)) return sendError(reply, 403)
    request.projectId = projectId
    return undefined
  }
}

function basicCredentials(header: string | undefined): [projectId?: string, apiToken?: string] {
  const encoded = /^basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1]
  const text = Buffer.from(encoded ?? '', 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? [] : [text.slice(0, colon), text.slice(colon + 1)]
}
