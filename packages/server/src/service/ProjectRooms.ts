import { RoomError, type VideoRoomSession } from '@roomful/protocol'
import type { RoomEvent } from './ParticipantSession.ts'
import type { Reply } from './Reply.ts'
import { request } from './requests.ts'
import type { RoomHost } from './RoomHost.ts'

/** The running rooms, for an application's own server: by project, with every right, and without being in them. */
export class ProjectRooms {
  readonly #hosts: () => Iterable<RoomHost>

  constructor(hosts: () => Iterable<RoomHost>) {
    this.#hosts = hosts
  }

  list(projectId: string): VideoRoomSession[] {
    return this.#of(projectId).map(({ core }) => core.view())
  }

  /** Throws `room_not_found` for one that does not run. */
  get(projectId: string, roomSessionId: string): VideoRoomSession {
    return this.host(projectId, roomSessionId).core.view()
  }

  host(projectId: string, roomSessionId: string): RoomHost {
    const found = this.#of(projectId).find(({ core }) => core.roomSessionId === roomSessionId)
    if (found !== undefined) return found
    throw new RoomError('room_not_found', `No room session ${roomSessionId.slice(0, 100)} is running`)
  }

  /** A `video.*` method of a running room. */
  async rpc(
    projectId: string,
    roomSessionId: string,
    method: string,
    params: Record<string, unknown>,
    reply: Reply,
  ): Promise<void> {
    const host = this.host(projectId, roomSessionId)
    await request(host, method, params, { actor: { kind: 'system' }, reply, isGone: () => false })
  }

  /** Calls `use` with the state of the room of a channel, between two of its commands. */
  async introduce(projectId: string, channel: string, use: (state: RoomEvent) => void): Promise<void> {
    const host = this.#of(projectId).find((room) => room.channel === channel)
    if (host === undefined)
      throw new RoomError('room_not_found', `No running room has the channel ${channel.slice(0, 200)}`)
    await host.run(() => {
      const room = host.core.view()
      use(host.event('video.room.subscribed', { call_id: '', member_id: '', room_session: room, room }))
    })
  }

  #of(projectId: string): RoomHost[] {
    return [...this.#hosts()].filter(({ core, ended }) => !ended && core.settings.projectId === projectId)
  }
}
