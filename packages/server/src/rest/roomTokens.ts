import type { FastifyInstance } from 'fastify'
import type { RoomTokens } from '../service/index.ts'
import { requireBasicAuth } from './auth.ts'
import { sendError, toValidationErrors } from './errors.ts'
import { roomTokenSchema, toClaims } from './roomTokenSchema.ts'

export type RoomTokenRoutesOptions = {
  tokens: RoomTokens
  credentials: { projectId: string; apiToken: string }
}

/** `POST /api/video/room_tokens`. */
export function roomTokenRoutes(app: FastifyInstance, { tokens, credentials }: RoomTokenRoutesOptions): void {
  app.post('/api/video/room_tokens', { onRequest: requireBasicAuth(credentials) }, async (request, reply) => {
    const { body } = request
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return sendError(reply, 400)
    const parsed = roomTokenSchema.safeParse(body)
    if (!parsed.success) return reply.code(422).send(toValidationErrors(parsed.error))
    return { token: await tokens.mint(toClaims(parsed.data)) }
  })
}
