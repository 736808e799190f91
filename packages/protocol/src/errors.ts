/**
 * Every refusal, once: `rpc` is the code within a `video.*` result (a string, as the original sends it),
 * `rest` the HTTP status. The message is a default; callers add what was wrong and what is allowed.
 */
export const errorTable = {
  unauthorized: { rpc: '403', rest: 401, message: 'Unauthorized' },
  permission_denied: { rpc: '403', rest: 403, message: 'Unauthorized' },
  already_member: { rpc: '403', rest: 409, message: 'Only audience participants can be promoted' },
  room_locked: { rpc: '403', rest: 403, message: 'Room is locked' },
  room_full: { rpc: '403', rest: 403, message: 'Room is full' },
  not_open: { rpc: '403', rest: 403, message: 'Unauthorized' },
  room_not_found: { rpc: '404', rest: 404, message: 'Room not found' },
  member_not_found: { rpc: '404', rest: 404, message: 'Member not found' },
  call_not_found: { rpc: '404', rest: 404, message: 'Call not found' },
  recording_not_found: { rpc: '404', rest: 404, message: 'Recording not found' },
  playback_not_found: { rpc: '404', rest: 404, message: 'Playback not found' },
  stream_not_found: { rpc: '404', rest: 404, message: 'Stream not found' },
  invalid_params: { rpc: '422', rest: 422, message: 'Invalid parameters' },
  invalid_sdp: { rpc: '400', rest: 400, message: 'Invalid SDP' },
  conflict: { rpc: '409', rest: 409, message: 'Not possible in the present state' },
  media_unavailable: { rpc: '503', rest: 503, message: 'Media is not available' },
  store_unavailable: { rpc: '503', rest: 503, message: 'It could not be saved' },
  internal: { rpc: '500', rest: 500, message: 'Internal error' },
} as const satisfies Record<string, { rpc: string; rest: number; message: string }>

export type ErrorCode = keyof typeof errorTable

/** Codes of JSON-RPC itself, and the two the original uses while connecting. */
export const rpcErrorCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  authenticationFailed: -32002,
} as const

/** A refusal: what was wrong and, where it applies, what is allowed. Safe to show to the caller. */
export class RoomError extends Error {
  override readonly name = 'RoomError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string = errorTable[code].message, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }

  /** Result body of a refused `video.*` request. */
  toResult(): { code: string; message: string } {
    return { code: errorTable[this.code].rpc, message: this.message }
  }
}
