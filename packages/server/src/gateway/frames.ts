import {
  rpcErrorCodes,
  rpcIdSchema,
  rpcRequestSchema,
  type RpcErrorBody,
  type RpcId,
  type RpcRequest,
  type ServerVertoMessage,
} from '@roomful/protocol'
import type { RoomEvent } from '../service/index.ts'

export type IncomingFrame =
  | { kind: 'request'; request: RpcRequest }
  /** A reply to one of our requests: an acknowledged event, an answered ping. */
  | { kind: 'reply' }
  | { kind: 'invalid'; id: RpcId | null; error: RpcErrorBody }

/** Reads one text frame (JSON-RPC 2.0, no batches). */
export function parseFrame(text: string): IncomingFrame {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'invalid', id: null, error: { code: rpcErrorCodes.parseError, message: 'Not JSON' } }
  }
  const parsed = rpcRequestSchema.safeParse(value)
  if (parsed.success) return { kind: 'request', request: parsed.data }
  const fields =
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {}
  if (!('method' in fields) && ('result' in fields || 'error' in fields)) return { kind: 'reply' }
  const id = rpcIdSchema.safeParse(fields['id'])
  return {
    kind: 'invalid',
    id: id.success ? id.data : null,
    error: {
      code: rpcErrorCodes.invalidRequest,
      message:
        'Not a JSON-RPC 2.0 request: one object with jsonrpc "2.0", id, method and, if any, an object params',
    },
  }
}

export function encodeResult(id: RpcId, result: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result })
}

export function encodeError(id: RpcId | null, error: RpcErrorBody): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error })
}

export type FrameContext = { nodeId: string; projectId: string }

let lastId = 0
/** Ids of our own requests: unique in the process, which is more than a socket needs. */
function nextId(): number {
  lastId += 1
  return lastId
}

export function encodePing(nowMs: number): string {
  return encodeRequest('signalwire.ping', { timestamp: nowMs / 1000 })
}

const encodedEvents = new WeakMap<RoomEvent, string>()

/** An event of a room; encoded once, however many receive it. */
export function encodeRoomEvent(event: RoomEvent, context: FrameContext): string {
  let text = encodedEvents.get(event)
  if (text === undefined) {
    text = encodeEvent(event.type, event.channel, event.timestampMs, event.params, context)
    encodedEvents.set(event, text)
  }
  return text
}

export function encodeVerto(
  message: ServerVertoMessage,
  channel: string,
  nowMs: number,
  context: FrameContext,
): string {
  return encodeEvent('webrtc.message', channel, nowMs, { jsonrpc: '2.0', id: nextId(), ...message }, context)
}

export function encodeAuthorizationState(
  state: string,
  channel: string,
  nowMs: number,
  context: FrameContext,
): string {
  return encodeEvent(
    'signalwire.authorization.state',
    channel,
    nowMs,
    { authorization_state: state },
    context,
  )
}

function encodeEvent(
  type: string,
  channel: string,
  timestampMs: number,
  params: unknown,
  context: FrameContext,
): string {
  return encodeRequest('signalwire.event', {
    event_type: type,
    event_channel: channel,
    timestamp: timestampMs / 1000,
    project_id: context.projectId,
    node_id: context.nodeId,
    params,
  })
}

function encodeRequest(method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id: `s${nextId()}`, method, params })
}
