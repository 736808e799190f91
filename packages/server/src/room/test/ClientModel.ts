import assert from 'node:assert/strict'
import type { ServerEvents, VideoLayout, VideoMember, VideoRoomSession } from '@roomful/protocol'
import type { Effect, Role } from '../types.ts'

export type RoomEvent = Extract<Effect, { kind: 'event' }>

/**
 * A client that knows nothing but the events it gets. It applies only what `updated` names, and takes places
 * from the layout, as the stock client does.
 */
export class ClientModel {
  readonly id: string
  readonly seen: RoomEvent[] = []
  callId: string | null = null
  session: VideoRoomSession | null = null
  members = new Map<string, VideoMember>()
  layout: VideoLayout | null = null

  constructor(id: string) {
    this.id = id
  }

  receive(event: RoomEvent): void {
    this.seen.push(event)
    switch (event.type) {
      case 'video.room.subscribed':
        return this.subscribed(event.params)
      case 'video.room.started':
        return assert.equal(this.session, null, 'room.started comes before room.subscribed')
    }
    assert(this.session, `${event.type} must not come before video.room.subscribed`)
    switch (event.type) {
      case 'video.member.joined':
        assert(!this.members.has(event.params.member.id), 'nobody joins twice')
        this.members.set(event.params.member.id, { ...event.params.member })
        return
      case 'video.member.left':
        assert(this.members.delete(event.params.member.id), 'only who was there leaves')
        return
      case 'video.member.updated':
        return this.memberUpdated(event.params.member)
      case 'video.member.talking': {
        const member = this.members.get(event.params.member.id)
        assert(member, 'only members talk')
        assert.notEqual(member.talking, event.params.member.talking, 'talking is told when it changes')
        member.talking = event.params.member.talking
        return
      }
      case 'video.room.updated': {
        const change = event.params.room
        assert(change.updated.length > 0)
        for (const name of change.updated) Object.assign(this.session, { [name]: change[name] })
        return
      }
      case 'video.room.audience_count':
        this.session.audience_count = event.params.total
        return
      case 'video.recording.started':
      case 'video.recording.updated':
      case 'video.recording.ended':
        return this.objectChanged(event.type, this.session.recordings, event.params.recording)
      case 'video.playback.started':
      case 'video.playback.updated':
      case 'video.playback.ended':
        return this.objectChanged(event.type, this.session.playbacks, event.params.playback)
      case 'video.stream.started':
      case 'video.stream.updated':
      case 'video.stream.ended':
        return this.objectChanged(event.type, this.session.streams, event.params.stream)
      case 'video.layout.changed':
        return this.layoutChanged(event.params.layout)
    }
  }

  /** Who is in the audience now is no member, is not told that it left, and is shown no recordings any more. */
  toldRole({ joinAs }: Role): void {
    if (joinAs !== 'audience') return
    this.members.delete(this.id)
    if (this.session) Object.assign(this.session, { recordings: [], playbacks: [], streams: [] })
  }

  private objectChanged<T extends { id: string; state: string; ended_at?: number }>(
    type: string,
    list: T[],
    object: T,
  ): void {
    const index = list.findIndex(({ id }) => id === object.id)
    const isEnd = type.endsWith('.ended')
    assert.equal(index === -1, type.endsWith('.started'), `${type} of ${object.id} at the right time`)
    assert.equal(object.state === 'completed', isEnd)
    assert.equal(object.ended_at !== undefined, isEnd)
    if (index === -1) list.push(object)
    else if (isEnd) list.splice(index, 1)
    else list[index] = object
  }

  private subscribed(params: ServerEvents['video.room.subscribed']): void {
    assert.equal(params.member_id, this.id)
    this.callId = params.call_id
    const { recordings, playbacks, streams } = params.room_session
    const lists = { recordings: [...recordings], playbacks: [...playbacks], streams: [...streams] }
    this.session = { ...params.room_session, ...lists }
    this.members = new Map(params.room_session.members.map((member) => [member.id, { ...member }]))
    this.layout = null
  }

  private memberUpdated({ updated, ...member }: ServerEvents['video.member.updated']['member']): void {
    assert(updated.length > 0, 'an update names something')
    const known = this.members.get(member.id)
    if (!known) {
      assert.equal(member.id, this.id, 'only the audience is told of itself')
      return
    }
    for (const name of updated) {
      assert.notDeepEqual(known[name], member[name], `${name} is named but has not changed`)
      Object.assign(known, { [name]: member[name] })
    }
    // The whole member comes along; places may be ahead of the layout that follows.
    assert.deepEqual({ ...known, current_position: member.current_position }, member)
  }

  private layoutChanged(layout: VideoLayout): void {
    this.layout = layout
    for (const member of this.members.values()) {
      const layer = layout.layers.find((each) => each.member_id === member.id)
      member.current_position = layer?.position ?? 'off-canvas'
    }
  }
}
