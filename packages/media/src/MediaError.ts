/**
 * A refusal of the media process; the message says why. `invalid_sdp`: the offer cannot be answered. `output_failed`: a
 * recording or stream cannot start. `player_failed`: a URL cannot be played. `url_not_allowed`: where a URL leads is
 * closed to users.
 */
export type MediaErrorCode =
  | 'invalid_sdp'
  | 'room_not_found'
  | 'leg_not_found'
  | 'room_exists'
  | 'output_failed'
  | 'player_failed'
  | 'url_not_allowed'
  | 'internal'

export class MediaError extends Error {
  override readonly name = 'MediaError'
  readonly code: MediaErrorCode

  constructor(code: MediaErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
