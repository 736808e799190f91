import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext, getCACertificates, type SecureContext } from 'node:tls'

import { MediaError, type MediaErrorCode } from '../MediaError.ts'
import type { AddressPolicy } from './AddressPolicy.ts'

export const connectTimeoutMs = 5000

let cachedContext: SecureContext | undefined

/**
 * Authorities that Node brings, those of `NODE_EXTRA_CA_CERTS`, and those of the system (`SSL_CERT_FILE`,
 * `SSL_CERT_DIR`). Made once: it takes some milliseconds.
 */
function trustedAuthorities(): SecureContext {
  cachedContext ??= createSecureContext({
    ca: [...new Set([...getCACertificates('default'), ...getCACertificates('system')])],
    minVersion: 'TLSv1.2',
  })
  return cachedContext
}

/** For `tls.connect` and `https.request`: the certificate is verified, and belongs to this host. */
export function secureOptions(hostname: string): { secureContext: SecureContext; servername?: string } {
  // An address is no server name (RFC 6066 section 3); it is verified as the host that was connected to.
  return { secureContext: trustedAuthorities(), ...(isIP(hostname) === 0 && { servername: hostname }) }
}

export type ConnectTarget = { hostname: string; port: number; isSecure: boolean }

/**
 * Connects to a host if the policy allows every address it has; over TLS with its certificate verified.
 *
 * @throws MediaError in words for users: `url_not_allowed`, else `failure`.
 */
export async function connectChecked(
  policy: AddressPolicy,
  { hostname, port, isSecure }: ConnectTarget,
  { failure = 'player_failed', timeoutMs = connectTimeoutMs } = {} as {
    failure?: MediaErrorCode
    timeoutMs?: number
  },
): Promise<Socket> {
  const pinned = await policy.pinned(hostname, port).catch((error: Error) => {
    const isRefusal = !(error instanceof MediaError) || error.code === 'url_not_allowed'
    throw isRefusal ? error : new MediaError(failure, error.message, { cause: error })
  })
  const authority = `${isIP(hostname) === 6 ? `[${hostname}]` : hostname}:${port}`
  return new Promise((resolve, reject) => {
    const socket = isSecure ? connectTls({ ...pinned, ...secureOptions(hostname) }) : connectTcp(pinned)
    const finish = (error: MediaError | null): void => {
      clearTimeout(timer)
      socket.off('error', onError)
      if (error === null) return resolve(socket)
      socket.on('error', () => {})
      socket.destroy()
      reject(error)
    }
    const onError = (error: Error): void => finish(connectionError(authority, error, failure))
    const timer = setTimeout(
      () => finish(new MediaError(failure, `${authority} gave no answer within ${timeoutMs / 1000} s`)),
      timeoutMs,
    )
    socket.once('error', onError)
    socket.once(isSecure ? 'secureConnect' : 'connect', () => finish(null))
  })
}

const socketWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'closed the connection',
  EPIPE: 'closed the connection',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  ETIMEDOUT: 'gave no answer',
}
const certificateWords: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not known here',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not known here',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  CERT_REVOKED: 'it was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it belongs to another host name',
}

/** An error of a socket in words for users. */
export function connectionError(
  authority: string,
  error: Error & { code?: string },
  failure: MediaErrorCode = 'player_failed',
): MediaError {
  if (error instanceof MediaError) return error
  const code = error instanceof AggregateError ? firstCode(error) : (error.code ?? '')
  const certificate = certificateWords[code]
  const words =
    certificate !== undefined
      ? `shows a certificate that cannot be trusted: ${certificate} (${code})`
      : (socketWords[code] ?? `cannot be used (${code === '' ? error.message : code})`)
  return new MediaError(failure, `${authority} ${words}`, { cause: error })
}

/** Of several addresses that were tried one after the other. */
function firstCode(error: AggregateError): string {
  const [first] = error.errors as { code?: string }[]
  return first?.code ?? ''
}
