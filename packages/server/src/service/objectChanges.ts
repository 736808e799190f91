import type { VideoRoomSession } from '@roomful/protocol'
import type { SessionObjects } from '../room/types.ts'
import type { RoomEvent } from './ParticipantSession.ts'

type Lists = Pick<VideoRoomSession, 'recordings' | 'playbacks' | 'streams'>
type ObjectEvent =
  RoomEvent<`video.${'recording' | 'playback' | 'stream'}.${'started' | 'updated' | 'ended'}`>
type Change = { [T in ObjectEvent['type']]: [type: T, params: RoomEvent<T>['params']] }[ObjectEvent['type']]

/**
 * The events by which a client that knows the recordings, playbacks and streams of `before` learns those of `now`.
 * Both are as this client may see them; `all` has those that have ended too.
 */
export function objectChanges(before: Lists, now: Lists, all: SessionObjects): Change[] {
  const changes: Change[] = []
  const { recordings, playbacks, streams } = now
  for (const [what, recording] of compare(before.recordings, recordings, all.recordings)) {
    changes.push([`video.recording.${what}`, { ...inRoomOf(recording), recording }])
  }
  for (const [what, playback] of compare(before.playbacks, playbacks, all.playbacks)) {
    changes.push([`video.playback.${what}`, { ...inRoomOf(playback), playback }])
  }
  for (const [what, stream] of compare(before.streams, streams, all.streams)) {
    changes.push([`video.stream.${what}`, { ...inRoomOf(stream), stream }])
  }
  return changes
}

type InRoom = { room_id: string; room_session_id: string }

const inRoomOf = ({ room_id, room_session_id }: InRoom): InRoom => ({ room_id, room_session_id })

function* compare<T extends { id: string }>(
  before: readonly T[],
  now: readonly T[],
  all: readonly T[],
): Generator<['started' | 'updated' | 'ended', T]> {
  const known = new Map(before.map((object) => [object.id, object]))
  for (const object of now) {
    const old = known.get(object.id)
    known.delete(object.id)
    if (old === undefined) yield ['started', object]
    else if (JSON.stringify(old) !== JSON.stringify(object)) yield ['updated', object]
  }
  for (const id of known.keys()) {
    const ended = all.find((object) => object.id === id)
    if (ended !== undefined) yield ['ended', ended]
  }
}
