import { z } from 'zod'

/** JSON-RPC 2.0 frames as they travel on the WebSocket: one JSON object in one text frame, no batches. */
export const rpcIdSchema = z.union([z.string().max(200), z.number()])
export type RpcId = z.infer<typeof rpcIdSchema>

export const rpcRequestSchema = z.object({
  jsonrpc: z.literal('2.0'),
  id: rpcIdSchema,
  method: z.string().min(1).max(100),
  params: z.record(z.string(), z.unknown()).optional(),
})
export type RpcRequest = z.infer<typeof rpcRequestSchema>

export type RpcErrorBody = { code: number | string; message: string }
export type RpcReply =
  { jsonrpc: '2.0'; id: RpcId; result: unknown } | { jsonrpc: '2.0'; id: RpcId; error: RpcErrorBody }

/** `params` of `signalwire.event`, the one way in which the server tells something. */
export type EventFrameParams<Type extends string = string, Params = unknown> = {
  event_type: Type
  event_channel: string
  /** Unix time in seconds, with fractions. */
  timestamp: number
  project_id?: string
  node_id?: string
  params: Params
}

/** Reply of a method that has nothing to tell but that it was done. */
export type PlainResult = { code: string; message: string }
