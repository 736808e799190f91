import {
  rpcErrorCodes,
  vertoByeSchema,
  vertoInfoSchema,
  vertoInviteSchema,
  vertoModifySchema,
  videoMessageSchema,
  type RpcErrorBody,
  type RpcId,
} from '@roomful/protocol'
import { z } from 'zod'
import type { Reply, RoomService } from '../service/index.ts'
import type { RequestReply } from './RequestReply.ts'
import type { SignalingSession } from './SignalingSession.ts'

/** A reply to a Verto message: a result in a result. */
class VertoReply implements Reply {
  readonly #outer: RequestReply
  readonly #nodeId: string
  readonly #id: RpcId

  constructor(outer: RequestReply, nodeId: string, id: RpcId) {
    this.#outer = outer
    this.#nodeId = nodeId
    this.#id = id
  }

  get settled(): boolean {
    return this.#outer.settled
  }

  send(result: Record<string, unknown>): void {
    this.#wrap({ result })
  }

  sendLater(done: Promise<void>): void {
    this.#outer.sendLater(done)
  }

  fail(error: RpcErrorBody): void {
    this.#wrap({ error })
  }

  #wrap(body: { result: unknown } | { error: RpcErrorBody }): void {
    const result = { jsonrpc: '2.0', id: this.#id, ...body }
    this.#outer.send({ code: '200', node_id: this.#nodeId, result })
  }
}

/** `video.message`: a Verto request of the client, or its reply to one of ours. */
export async function handleVideoMessage(
  service: RoomService,
  nodeId: string,
  session: SignalingSession,
  params: unknown,
  outer: RequestReply,
): Promise<void> {
  const envelope = videoMessageSchema.safeParse(params)
  if (!envelope.success) {
    outer.fail(invalidParams(envelope.error))
    return
  }
  const { message } = envelope.data
  if (message.method === undefined) {
    // The client's reply to verto.answer or verto.bye: it wants a reply itself.
    outer.send({ code: '200', node_id: nodeId, result: {} })
    return
  }
  const reply = new VertoReply(outer, nodeId, message.id)
  const body = message.params ?? {}
  switch (message.method) {
    case 'verto.invite': {
      if (session.forged) {
        reply.fail({ code: rpcErrorCodes.authenticationFailed, message: 'CALL ERROR' })
        return
      }
      const parsed = vertoInviteSchema.safeParse(body)
      if (!parsed.success) reply.fail(invalidParams(parsed.error))
      else await service.invite(session, parsed.data, reply)
      return
    }
    case 'verto.modify': {
      const parsed = vertoModifySchema.safeParse(body)
      if (!parsed.success) reply.fail(invalidParams(parsed.error))
      else await service.modify(session, parsed.data, reply)
      return
    }
    case 'verto.bye': {
      const parsed = vertoByeSchema.safeParse(body)
      if (!parsed.success) reply.fail(invalidParams(parsed.error))
      else await service.bye(session, parsed.data, reply)
      return
    }
    case 'verto.info': {
      const parsed = vertoInfoSchema.safeParse(body)
      if (!parsed.success) reply.fail(invalidParams(parsed.error))
      else await service.info(session, parsed.data, reply)
      return
    }
    case 'verto.pong':
      reply.send({})
      return
    default:
      reply.fail({ code: rpcErrorCodes.methodNotFound, message: `Unknown Verto method ${message.method}` })
  }
}

/** The same for a client whose session another socket has taken over: it is done with its calls. */
export function handleSupersededMessage(nodeId: string, params: unknown, outer: RequestReply): void {
  const envelope = videoMessageSchema.safeParse(params)
  const method = envelope.data?.message.method
  if (envelope.success && method === undefined) {
    outer.send({ code: '200', node_id: nodeId, result: {} })
    return
  }
  if (envelope.success && method === 'verto.bye') {
    new VertoReply(outer, nodeId, envelope.data.message.id).send({ message: 'CALL ENDED' })
    return
  }
  outer.send({ code: '409', message: 'This session was taken over by another connection' })
}

export function invalidParams(error: z.ZodError): RpcErrorBody {
  return { code: rpcErrorCodes.invalidParams, message: `Invalid parameters: ${z.prettifyError(error)}` }
}
