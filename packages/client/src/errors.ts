/**
 * Codes made by the SDK itself. A refusal of the server has the server's own code as a string instead,
 * e.g. `"403"` (not permitted) or `"404"` (no such member).
 */
export const sdkErrorCodes = [
  /** An argument has a value that is not allowed; the message says which are. */
  'invalid_argument',
  /** The method needs a joined room: call join() first. */
  'not_joined',
  /** join() was called on a room that is joined or joining. */
  'already_joined',
  /** The object has left; it cannot be used again. Make a new one. */
  'already_left',
  /** leave() or destroy() was called before the operation was done. */
  'aborted',
  /** The server did not reply in time. */
  'request_timeout',
  /** No connection to the server could be made. */
  'connection_failed',
  /** The connection broke before the reply came; the server may have carried out the request. */
  'connection_lost',
  /** The server refused the token. */
  'authentication_failed',
  /** The server sent something that cannot be understood. */
  'protocol_error',
  /** The server did not answer the offer, or did not confirm the join, in time. */
  'call_setup_timeout',
  /** The browser and the server did not agree on media, or no media can pass; the message says what was tried. */
  'negotiation_failed',
  /** The user, the browser or the system denied the camera, the microphone or the screen. */
  'media_permission_denied',
  /** No camera, microphone or speaker fits what was asked for. */
  'device_not_found',
  /** The camera or the microphone is used by another program or broken. */
  'device_in_use',
  /** The browser lacks the feature, e.g. because the page is not served over https. */
  'media_not_supported',
  /** Opening the camera, the microphone or the speaker failed for another reason. */
  'media_failed',
  /** The token or the role does not allow this kind of media to be sent. */
  'sending_not_allowed',
] as const
export type SdkErrorCode = (typeof sdkErrorCodes)[number]

/** What every method of the SDK rejects with. */
export class RoomSessionError extends Error {
  /** `RoomSessionError`. */
  override readonly name = 'RoomSessionError'
  /** One of {@link sdkErrorCodes}, or the code of the server, e.g. `"403"`. */
  readonly code: SdkErrorCode | (string & {})

  constructor(code: SdkErrorCode | (string & {}), message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** Whether `value` is a {@link RoomSessionError}, and has the given code if one is given. */
export function isRoomSessionError(value: unknown, code?: SdkErrorCode): value is RoomSessionError {
  return value instanceof RoomSessionError && (code === undefined || value.code === code)
}

/** `value` itself if it is ours, else wrapped with `code`. */
export function toRoomSessionError(value: unknown, code: SdkErrorCode, message?: string): RoomSessionError {
  if (value instanceof RoomSessionError) return value
  const detail = value instanceof Error ? value.message : String(value)
  return new RoomSessionError(code, message ? `${message} ${detail}` : detail, { cause: value })
}

const mediaErrorCodes: Record<string, SdkErrorCode> = {
  NotAllowedError: 'media_permission_denied',
  SecurityError: 'media_permission_denied',
  NotFoundError: 'device_not_found',
  OverconstrainedError: 'device_not_found',
  NotReadableError: 'device_in_use',
  AbortError: 'device_in_use',
  TypeError: 'invalid_argument',
}

/** An error of `getUserMedia` and its relatives, `what` being e.g. "camera and microphone". */
export function mediaError(error: unknown, what: string): RoomSessionError {
  if (error instanceof RoomSessionError) return error
  // Not every browser's OverconstrainedError is an Error.
  const { name = '', message = '', constraint = '' } = Object(error) as Partial<OverconstrainedError>
  const code = mediaErrorCodes[name] ?? 'media_failed'
  const detail = constraint ? `No device satisfies "${constraint}".` : message
  return new RoomSessionError(code, `Could not open ${what}: ${detail || name || String(error)}`, {
    cause: error,
  })
}
