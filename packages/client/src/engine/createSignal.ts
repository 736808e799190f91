import { RoomSessionError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { RoomSessionOptions } from '../options.ts'
import { ReconnectPolicy } from '../signalling/ReconnectPolicy.ts'
import { SessionStore } from '../signalling/SessionStore.ts'
import { SignalClient } from '../signalling/SignalClient.ts'
import { decodeToken, resolveUrl } from '../token.ts'
import { defaultHost } from './defaultHost.ts'

/** The session with the server that the token names, and what is kept of it over a reload of the page. */
export function createSignal(
  options: RoomSessionOptions,
  logger: Logger,
): { signal: SignalClient; store: SessionStore } {
  const { token, onRefreshToken } = options
  const decoded = decodeToken(token)
  const url = resolveUrl(decoded, options.host, defaultHost())
  if (!url) {
    const message =
      'The server is not known: the token names none (header claim "ch"). Pass the option "host".'
    throw new RoomSessionError('invalid_argument', message)
  }
  const name = options.reattach !== false && decoded.canReattach ? decoded.roomName : undefined
  const store = new SessionStore(name, globalThis.sessionStorage)
  const policy = new ReconnectPolicy()
  return { signal: new SignalClient({ token, url, onRefreshToken, store, policy, logger }), store }
}
