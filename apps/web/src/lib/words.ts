const mediaWords: Record<string, string> = {
  media_permission_denied:
    'The browser may not use your camera or microphone. Allow it in the address bar, then try again.',
  device_not_found: 'No camera or microphone was found.',
  device_in_use: 'Your camera or microphone is in use by another program, or broken.',
  media_not_supported: 'This page may not use camera and microphone: that needs https, or localhost.',
}

const words: Record<string, string> = {
  ...mediaWords,
  NotAllowedError: mediaWords.media_permission_denied ?? '',
  SecurityError: mediaWords.media_not_supported ?? '',
  NotFoundError: mediaWords.device_not_found ?? '',
  OverconstrainedError: 'The device that was chosen is no longer there.',
  NotReadableError: mediaWords.device_in_use ?? '',
  AbortError: mediaWords.device_in_use ?? '',
  request_timeout: 'The server did not answer in time. Try again.',
  connection_failed: 'The server cannot be reached. Check your connection and try again.',
  connection_lost: 'The connection broke. Try again.',
  authentication_failed: 'The server did not accept the invitation. Ask for a new link.',
  call_setup_timeout: 'Sound and picture could not be set up in time. A firewall may be in the way.',
  negotiation_failed: 'This browser and the server could not agree on sound and picture.',
  '403': 'You may not do that in this room.',
  '404': 'It is no longer there.',
}

/** What to tell people about an error of the SDK, the browser or the server. */
export function toWords(error: unknown): string {
  if (!(error instanceof Error)) return 'Something went wrong. Try again.'
  // Refusals of the server explain themselves ("Room is locked"), but for the bare default.
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  if (code === '403' && !/^unauthorized\.?$/i.test(error.message)) return error.message
  return words[code] ?? error.message
}

/** Why one could not join. */
export function joinWords(error: unknown): string {
  const isBare = error instanceof Error && 'code' in error && /^unauthorized\.?$/i.test(error.message)
  if (isBare && error.code === '403')
    return 'This room does not let you in: it may not be open yet, or no longer.'
  return toWords(error)
}

/** Why the room was left, for the lobby; null when one left of one's own accord. */
export function leaveWords({ reason, cause }: { reason?: string; cause?: string }): string | null {
  if (reason === 'RECONNECTION_ATTEMPT_TIMEOUT') return 'The connection was lost and did not come back.'
  if (cause === undefined) return null
  return 'You are no longer in the room: it was closed, or you were asked to leave.'
}
