import { z } from 'zod'

/** Largest SDP taken, in characters: a browser's offer has about 10,000. */
export const maxSdpLength = 65_536

export const dialogParamsSchema = z
  .object({
    callID: z.string().min(1).max(100),
    screenShare: z.boolean().optional(),
    additionalDevice: z.boolean().optional(),
    userVariables: z
      .object({ memberCallId: z.string().max(100).optional(), memberId: z.string().max(100).optional() })
      .loose()
      .optional(),
  })
  .loose()
export type DialogParams = z.infer<typeof dialogParamsSchema>

const sdp = z.string().min(1).max(maxSdpLength)
const dialogParams = dialogParamsSchema

/** Verto requests of a client, inside `video.message`. */
export const vertoInviteSchema = z.object({
  dialogParams,
  sdp,
  layout: z.string().max(100).optional(),
  positions: z.record(z.string(), z.string()).optional(),
})
export const vertoModifySchema = z.object({
  dialogParams,
  action: z.enum(['updateMedia', 'hold', 'unhold', 'toggleHold']),
  sdp: sdp.optional(),
})
export const vertoByeSchema = z.object({
  dialogParams,
  cause: z.string().max(100).optional(),
  causeCode: z.union([z.string().max(10), z.number()]).optional(),
})
export const vertoInfoSchema = z.object({ dialogParams, dtmf: z.string().max(100).optional() })

/** `video.message`: the outer request around a Verto message. */
export const videoMessageSchema = z.object({
  callID: z.string().max(100).optional(),
  node_id: z.string().max(200).optional(),
  subscribe: z.array(z.string().max(200)).max(500).optional(),
  message: z
    .object({
      jsonrpc: z.literal('2.0'),
      id: z.union([z.string().max(200), z.number()]),
      method: z.string().max(100).optional(),
      params: z.record(z.string(), z.unknown()).optional(),
      result: z.unknown().optional(),
    })
    .loose(),
})

/** Verto messages of the server, inside an event of type `webrtc.message`. */
export type ServerVertoMessage =
  | { method: 'verto.answer'; params: { callID: string; sdp: string } }
  | { method: 'verto.bye'; params: { callID: string; cause: string; causeCode: number } }
  /**
   * Asks our own SDK to invite the call again with a new peer connection: its media process was replaced.
   * The stock client only logs it; the server moves that one with a promotion to what it already is.
   */
  | { method: 'verto.attach'; params: { callID: string } }
  | { method: 'verto.mediaParams'; params: { callID: string; mediaParams: Record<string, unknown> } }

/** Hang-up causes, Q.850 as FreeSWITCH names them. */
export const hangupCauses = {
  NORMAL_CLEARING: 16,
  DESTINATION_OUT_OF_ORDER: 27,
  RECOVERY_ON_TIMER_EXPIRE: 102,
  MANAGER_REQUEST: 503,
  REJECT_ALL: 825,
} as const
export type HangupCause = keyof typeof hangupCauses
