/** A refusal of the media process. `invalid_sdp`: the offer cannot be answered; the message says why. */
export type MediaErrorCode = 'invalid_sdp' | 'room_not_found' | 'leg_not_found' | 'room_exists' | 'internal'

export class MediaError extends Error {
  override readonly name = 'MediaError'
  readonly code: MediaErrorCode

  constructor(code: MediaErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
