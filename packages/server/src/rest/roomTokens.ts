import { createRoomTokenSchema, roomTokenSchema } from '@roomful/protocol/rest'
import type { FastifyInstance } from 'fastify'
import { apiBase, type RestContext } from './context.ts'
import { endpoint } from './endpoint.ts'
import { toClaims } from './roomTokenClaims.ts'

export function roomTokenRoutes(
  app: FastifyInstance,
  { authenticate, mintToken }: Pick<RestContext, 'authenticate' | 'mintToken'>,
): void {
  endpoint(
    app,
    {
      method: 'POST',
      url: `${apiBase}/room_tokens`,
      authenticate,
      id: 'createRoomToken',
      tag: 'Room tokens',
      summary: 'Make a token for one user of one room',
      description: 'The page of the user joins with it. Never give a page the API token itself.',
      body: createRoomTokenSchema,
      success: { status: 200, schema: roomTokenSchema },
      errors: [401, 403, 422],
    },
    async ({ projectId, body }) => ({ token: await mintToken(projectId, toClaims(body)) }),
  )
}
