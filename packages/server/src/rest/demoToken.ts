import { defaultPermissions, type Permission } from '@roomful/protocol'
import type { FastifyInstance } from 'fastify'
import type { RoomTokens } from '../service/index.ts'
import { sendError, toValidationErrors } from './errors.ts'
import { roomTokenSchema, toClaims } from './roomTokenSchema.ts'

/** What everybody may do who joins by the page: everything for oneself, and the layout of the room. */
const demoPermissions: readonly Permission[] = [
  ...defaultPermissions,
  'room.self.set_position',
  'room.self.set_meta',
  'room.self.raisehand',
  'room.self.lowerhand',
  'room.list_available_layouts',
  'room.set_layout',
]

const demoTokenSchema = roomTokenSchema.pick({
  room_name: true,
  user_name: true,
  join_audio_muted: true,
  join_video_muted: true,
})

/** `POST /demo/token`: a token for the page at /, which has no REST credentials. 404 where that is not allowed. */
export function demoTokenRoute(
  app: FastifyInstance,
  { tokens, enabled }: { tokens: RoomTokens; enabled: boolean },
): void {
  app.post('/demo/token', async (request, reply) => {
    if (!enabled) return sendError(reply, 404)
    const { body } = request
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return sendError(reply, 400)
    const parsed = demoTokenSchema.safeParse(body)
    if (!parsed.success) return reply.code(422).send(toValidationErrors(parsed.error))
    const claims = toClaims(roomTokenSchema.parse({ ...parsed.data, permissions: demoPermissions }))
    return { token: await tokens.mint(claims) }
  })
}
