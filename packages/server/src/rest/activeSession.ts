import type { ActiveSessionResource } from '@roomful/protocol/rest'
import type { RoomRecord } from '../store/index.ts'
import type { RestContext } from './context.ts'
import { toActiveSession } from './resources/session.ts'

/** Resources of rooms or conferences; with the session that is running in each, if that was asked for. */
export async function withActiveSessions<R extends RoomRecord, T extends object>(
  context: Pick<RestContext, 'store' | 'rooms'>,
  rooms: readonly R[],
  {
    projectId,
    query,
    toResource,
  }: { projectId: string; query: { include_active_session: boolean }; toResource: (room: R) => T },
): Promise<(T & { active_session?: ActiveSessionResource })[]> {
  const ids = query.include_active_session ? rooms.map(({ id }) => id) : []
  const sessions = await context.store.sessions.active(projectId, ids)
  return rooms.map((room) => {
    const session = sessions.get(room.id)
    const resource = toResource(room)
    return session ? { ...resource, active_session: toActiveSession(room.id, session, context) } : resource
  })
}
