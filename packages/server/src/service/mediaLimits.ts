/**
 * How long the media may take for what somebody waits for: a request must be answered within 9 s, so what comes
 * later is undone.
 */
export const mediaTaskTimeoutMs = 8500

export const mediaDiedMessage = 'The media process ended unexpectedly'
