import { RoomError, rpcErrorCodes, type RpcRequest } from '@roomful/protocol'
import { z } from 'zod'
import { isRoomMethod } from '../../room/index.ts'
import type { RoomService } from '../../service/index.ts'
import type { RequestReply } from '../RequestReply.ts'
import { invalidParams } from '../videoMessage.ts'
import type { ProjectSession } from './ProjectSession.ts'
import { allRoomsChannel } from './Subscriptions.ts'

const subscribeSchema = z.object({
  event_channel: z.string().min(1).max(200),
  events: z.array(z.string().min(1).max(100)).max(200),
  get_initial_state: z.boolean().optional(),
})

/** A request of an application's server. */
export async function handleProjectRequest(
  service: RoomService,
  session: ProjectSession,
  { method, params = {} }: RpcRequest,
  reply: RequestReply,
): Promise<void> {
  switch (method) {
    case 'signalwire.subscribe':
    case 'signalwire.unsubscribe': {
      const parsed = subscribeSchema.safeParse(params)
      if (!parsed.success) reply.fail(invalidParams(parsed.error))
      else if (method === 'signalwire.subscribe') await subscribe(service, session, parsed.data, reply)
      else {
        session.subscriptions.remove(parsed.data.event_channel, parsed.data.events)
        reply.send({ code: '200', message: 'OK' })
      }
      return
    }
    case 'video.rooms.get':
      reply.send({ code: '200', message: 'OK', rooms: service.projects.list(session.projectId) })
      return
    case 'video.room.get': {
      const room = service.projects.get(session.projectId, sessionIdOf(params))
      reply.send({ code: '200', message: 'OK', room })
      return
    }
    case 'signalwire.connect':
      reply.fail({ code: rpcErrorCodes.invalidRequest, message: 'This socket is connected already' })
      return
    default:
      if (isRoomMethod(method)) {
        await service.projects.rpc(session.projectId, sessionIdOf(params), method, params, reply)
        return
      }
      reply.fail({ code: rpcErrorCodes.methodNotFound, message: `Unknown method ${method}` })
  }
}

async function subscribe(
  service: RoomService,
  session: ProjectSession,
  { event_channel: channel, events, get_initial_state: wantsState }: z.infer<typeof subscribeSchema>,
  reply: RequestReply,
): Promise<void> {
  if (channel === allRoomsChannel) {
    addSubscription(session, channel, events)
    reply.send({ code: '200', message: 'OK' })
    return
  }
  // In the room's queue: the state that is sent and the events that follow leave no gap.
  await service.projects.introduce(session.projectId, channel, (state) => {
    addSubscription(session, channel, events)
    reply.send({ code: '200', message: 'OK' })
    if (wantsState === true && session.subscriptions.introduce(channel)) session.send(state)
  })
}

function addSubscription(session: ProjectSession, channel: string, events: readonly string[]): void {
  if (session.subscriptions.add(channel, events)) return
  throw new RoomError('conflict', 'A connection can listen to 1000 rooms at most')
}

function sessionIdOf(params: Record<string, unknown>): string {
  const id = params['room_session_id']
  if (typeof id === 'string' && id.length > 0) return id
  throw new RoomError('invalid_params', 'room_session_id: needed, the id of a running room session')
}
