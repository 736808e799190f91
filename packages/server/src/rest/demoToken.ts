import { defaultPermissions, type Permission } from '@roomful/protocol'
import { createRoomTokenSchema, roomTokenSchema } from '@roomful/protocol/rest'
import type { FastifyInstance } from 'fastify'
import type { RoomTokens } from '../service/index.ts'
import { endpoint } from './endpoint.ts'
import { refuse } from './errors.ts'
import { toClaims } from './roomTokenClaims.ts'

/**
 * What everybody may do who joins by the page: everything for oneself, the layout of the room, and what is recorded,
 * streamed and played there.
 */
const demoPermissions: readonly Permission[] = [
  ...defaultPermissions,
  'room.self.set_position',
  'room.self.set_meta',
  'room.self.raisehand',
  'room.self.lowerhand',
  'room.list_available_layouts',
  'room.set_layout',
  'room.recording',
  'room.stream',
  'room.playback',
]

const demoTokenSchema = createRoomTokenSchema.pick({
  room_name: true,
  user_name: true,
  join_audio_muted: true,
  join_video_muted: true,
})

/** `POST /demo/token`: a token for the page at /, which has no REST credentials. 404 where that is not allowed. */
export function demoTokenRoute(
  app: FastifyInstance,
  { tokens, enabled }: { tokens: Pick<RoomTokens, 'mint'>; enabled: boolean },
): void {
  endpoint(
    app,
    {
      method: 'POST',
      url: '/demo/token',
      id: 'createDemoToken',
      tag: 'Service',
      summary: 'A room token for the page at /',
      description: 'Only while the development credentials are in force, or `ROOMFUL_DEMO` is set.',
      body: demoTokenSchema,
      success: { status: 200, schema: roomTokenSchema },
      errors: [404, 422],
    },
    async ({ body }) => {
      if (!enabled) return refuse(404)
      return { token: await tokens.mint(toClaims({ ...body, permissions: [...demoPermissions] })) }
    },
  )
}
