import { z } from 'zod'
import type { JoinAs, MediaAllowed, MediaDirectionAllowed, Meta } from './member.ts'

export const connectParamsSchema = z.object({
  version: z.object({ major: z.number().int() }).loose(),
  event_acks: z.boolean().optional(),
  /** e.g. `@signalwire/js/browser/3.30.0` or `roomful/0.1.0`. */
  agent: z.string().max(200).optional(),
  authentication: z.union(
    [
      z.object({ jwt_token: z.string().min(1).max(16_384) }).loose(),
      // An application's own server.
      z.object({ project: z.string().min(1).max(100), token: z.string().min(1).max(1000) }).loose(),
    ],
    'must have jwt_token (a room token), or project and token (an API token)',
  ),
  protocol: z.string().max(500).optional(),
  authorization_state: z.string().max(16_384).optional(),
})
export type ConnectParams = z.infer<typeof connectParamsSchema>

/**
 * Who the caller is and may do. Must never have a key `jti`: its mere presence makes the stock client
 * take the session for another product.
 */
export type Authorization = {
  type: 'video'
  project: string
  project_id: string
  scopes: ['video']
  scope_id: string
  resource: string
  join_as: JoinAs
  user_name: string
  room: {
    name: string
    display_name: string
    scopes: string[]
    meta: Meta
    join_audio_muted: boolean
    join_video_muted: boolean
  }
  signature: string
  media_allowed: MediaAllowed
  audio_allowed: MediaDirectionAllowed
  video_allowed: MediaDirectionAllowed
  meta: Meta
}

/** Reply to a `signalwire.connect` with project and API token. */
export type ProjectConnectResult = {
  identity: string
  protocol: string
  authorization: { project: string; project_id: string; scopes: ['video']; signature: string }
}

/** ICE server as `RTCIceServer` takes it. */
export type IceServer = { urls: string | string[]; username?: string; credential?: string }

export type ConnectResult = {
  identity: string
  protocol: string
  ice_servers: IceServer[]
  authorization: Authorization
}
