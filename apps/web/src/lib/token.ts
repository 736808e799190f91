/** Asking for a token failed; the message is for people. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
}

const timeoutMs = 10_000

/** A token for the room, from the server's demo door (`POST /demo/token`). Rejects with `TokenError`. */
export async function requestToken(
  wish: { roomName: string; userName: string; audioMuted: boolean; videoMuted: boolean },
  signal: AbortSignal,
): Promise<string> {
  let response: Response
  try {
    response = await fetch('/demo/token', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        room_name: wish.roomName,
        user_name: wish.userName,
        join_audio_muted: wish.audioMuted,
        join_video_muted: wish.videoMuted,
      }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
  } catch (cause) {
    throw new TokenError('The server cannot be reached. Check your connection and try again.', { cause })
  }
  if (response.status === 404 || response.status === 403) {
    throw new TokenError(
      'This server does not let people join from its own page: it is not in demo mode. Join from a page that has a token of yours.',
    )
  }
  const body: unknown = await response.json().catch(() => null)
  if (response.ok && isTokenBody(body)) return body.token
  throw new TokenError(`The server refused: ${firstMessage(body) ?? `HTTP status ${response.status}`}.`)
}

function isTokenBody(body: unknown): body is { token: string } {
  return typeof body === 'object' && body !== null && 'token' in body && typeof body.token === 'string'
}

/** The first sentence of an error body, in any of the shapes the REST API has. */
function firstMessage(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  if ('message' in body && typeof body.message === 'string') return body.message
  if ('errors' in body && Array.isArray(body.errors)) {
    const [first] = body.errors as { message?: unknown; detail?: unknown }[]
    const text = first?.message ?? first?.detail
    if (typeof text === 'string') return text
  }
  return undefined
}
