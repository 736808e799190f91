import { z } from 'zod'

/**
 * Claims of a room token (header `typ: "VRT"`, `alg: "HS512"`, `ch` = the server's WebSocket URL). Short
 * names are the original's; the long ones are ours, because the original does not publish its own.
 */
export const roomTokenClaimsSchema = z.object({
  iat: z.number(),
  jti: z.string(),
  /** Project id. */
  sub: z.string(),
  /** User name; absent: a random one for each authorization. */
  u: z.string().optional(),
  /** Room name; names the stock client's storage keys, so it stays the same over reloads. */
  r: z.string(),
  /** Permissions. */
  s: z.array(z.string()),
  ja: z.enum(['member', 'audience']),
  ma: z.enum(['all', 'audio-only', 'video-only']),
  /** Create the room if it is missing. */
  acr: z.boolean(),
  /** Member meta, room meta. */
  mta: z.record(z.string(), z.unknown()).optional(),
  rmta: z.record(z.string(), z.unknown()).optional(),
  /** Join from, join until, remove at: unix seconds. */
  jf: z.number().optional(),
  ju: z.number().optional(),
  rat: z.number().optional(),
  /** Remove after so many seconds. */
  rse: z.number().optional(),
  /** Enable room previews. */
  erp: z.boolean().optional(),
  room_display_name: z.string().optional(),
  join_audio_muted: z.boolean().optional(),
  join_video_muted: z.boolean().optional(),
  end_room_session_on_leave: z.boolean().optional(),
  sync_audio_video: z.boolean().optional(),
})
export type RoomTokenClaims = z.infer<typeof roomTokenClaimsSchema>
