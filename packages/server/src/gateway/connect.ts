import {
  connectParamsSchema,
  rpcErrorCodes,
  type ConnectResult,
  type ProjectConnectResult,
} from '@roomful/protocol'
import { z } from 'zod'
import type { ApiCredentials } from '../auth/ApiCredentials.ts'
import type { RoomTokens } from '../service/index.ts'
import type { IceServerList } from './IceServerList.ts'
import type { ProjectSession } from './project/ProjectSession.ts'
import type { RequestReply } from './RequestReply.ts'
import type { SessionRegistry } from './SessionRegistry.ts'
import type { SignalingSession } from './SignalingSession.ts'
import { invalidParams } from './videoMessage.ts'

export type ConnectDependencies = {
  tokens: RoomTokens
  credentials: ApiCredentials
  sessions: SessionRegistry
  iceServers: IceServerList
}

/** The words of the original, which some clients look for. */
const authenticationFailed = {
  code: rpcErrorCodes.authenticationFailed,
  message: 'Authentication service failed with status ProtocolError, 401 Unauthorized: {}',
}

/** The stock client's version for rooms; its other products use others. */
const supportedMajorVersion = 3

/**
 * `signalwire.connect`: the session that a member's client may use now, or the project that an application's server
 * has signed in to; undefined after a refusal.
 */
export async function handleConnect(
  { tokens, sessions, credentials }: ConnectDependencies,
  params: unknown,
  reply: RequestReply,
): Promise<SignalingSession | { projectId: string } | undefined> {
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
  if (isApiToken(authentication)) {
    const { project, token } = authentication
    if (await credentials.check(project, token)) return { projectId: project }
    reply.fail(authenticationFailed)
    return undefined
  }
  const claims = await tokens.verify(authentication.jwt_token)
  if (claims === undefined) {
    reply.fail(authenticationFailed)
    return undefined
  }
  return sessions.open({ claims, agent, protocol, state })
}

function isApiToken(
  authentication: { jwt_token: string } | { project: string; token: string },
): authentication is { project: string; token: string } {
  return !('jwt_token' in authentication)
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

export function projectConnectResult({
  projectId,
  protocol,
  signature,
}: ProjectSession): ProjectConnectResult {
  return {
    identity: signature,
    protocol,
    authorization: { project: projectId, project_id: projectId, scopes: ['video'], signature },
  }
}

export function connectResult(session: SignalingSession, iceServers: IceServerList): ConnectResult {
  return {
    identity: session.authorization.signature,
    protocol: session.protocol,
    ice_servers: iceServers.for(session.authorization.signature.slice(0, 8)),
    authorization: session.authorization,
  }
}
