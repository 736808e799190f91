import { connectParamsSchema, rpcErrorCodes, type ConnectResult, type IceServer } from '@roomful/protocol'
import { z } from 'zod'
import type { RoomTokens } from '../service/index.ts'
import type { RequestReply } from './RequestReply.ts'
import type { SessionRegistry } from './SessionRegistry.ts'
import type { SignalingSession } from './SignalingSession.ts'
import { invalidParams } from './videoMessage.ts'

export type ConnectDependencies = {
  tokens: RoomTokens
  sessions: SessionRegistry
  iceServers: IceServer[]
}

/** The words of the original, which some clients look for. */
const authenticationFailed = {
  code: rpcErrorCodes.authenticationFailed,
  message: 'Authentication service failed with status ProtocolError, 401 Unauthorized: {}',
}

/** The stock client's version for rooms; its other products use others. */
const supportedMajorVersion = 3

/** `signalwire.connect`: the session the client may use now, or undefined after a refusal. */
export async function handleConnect(
  { tokens, sessions }: ConnectDependencies,
  params: unknown,
  reply: RequestReply,
): Promise<SignalingSession | undefined> {
  const parsed = connectParamsSchema.safeParse(params)
  if (!parsed.success) {
    reply.fail(invalidParams(parsed.error))
    return undefined
  }
  const { authentication, version, protocol, authorization_state: state, agent = 'unknown' } = parsed.data
  if (version.major !== supportedMajorVersion) {
    const message = `Invalid parameters: version.major must be ${supportedMajorVersion}`
    reply.fail({ code: rpcErrorCodes.invalidParams, message })
    return undefined
  }
  const claims = await tokens.verify(authentication.jwt_token)
  if (claims === undefined) {
    reply.fail(authenticationFailed)
    return undefined
  }
  return sessions.open({ claims, agent, protocol, state })
}

const reauthenticateSchema = z.object({
  authentication: z.object({ jwt_token: z.string().min(1).max(16_384) }).loose(),
})

/** `signalwire.reauthenticate`: a fresh token for the same room; the reply replaces the client's whole state. */
export async function handleReauthenticate(
  { tokens, iceServers }: ConnectDependencies,
  session: SignalingSession,
  params: unknown,
  reply: RequestReply,
): Promise<void> {
  const parsed = reauthenticateSchema.safeParse(params)
  if (!parsed.success) {
    reply.fail(invalidParams(parsed.error))
    return
  }
  const claims = await tokens.verify(parsed.data.authentication.jwt_token)
  if (claims === undefined || claims.r !== session.claims.r || claims.sub !== session.claims.sub) {
    reply.fail(authenticationFailed)
    return
  }
  reply.send(connectResult(session, iceServers))
}

export function connectResult(session: SignalingSession, iceServers: IceServer[]): ConnectResult {
  return {
    identity: session.authorization.signature,
    protocol: session.protocol,
    ice_servers: iceServers,
    authorization: session.authorization,
  }
}
