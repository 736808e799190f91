import { RoomError } from '@roomful/protocol'
import type { RoomState } from '../RoomState.ts'
import type { Stream } from '../Stream.ts'
import { command } from './command.ts'
import type { CommandContext } from './command.ts'
import { fields, noParams } from './params.ts'

/** Streams of a session at the same time. */
export const maxStreams = 5

/** Looks whether one more may begin; throws the refusal. */
export function requireRoomForStream({ streams }: RoomState): void {
  if (streams.running.length < maxStreams) return
  throw new RoomError('conflict', `A room can have ${maxStreams} streams at a time; stop one first`)
}

export function runningStream({ streams }: RoomState, id: string): Stream {
  const stream = streams.find(id)
  if (!stream) {
    const named = JSON.stringify(id.slice(0, 50))
    throw new RoomError(
      'stream_not_found',
      `Stream not found: this room session has none with the id ${named}; getStreams() lists them`,
    )
  }
  if (stream.endedAtMs === null) return stream
  throw new RoomError('conflict', 'The stream has ended')
}

export const startStream = command(
  noParams.extend({ url: fields.streamUrl }),
  ({ state, changes }, { url }) => {
    requireRoomForStream(state)
    changes.tasks.push({ do: 'startStream', url })
  },
)

/** Those that run. */
export const listStreams = command(noParams, ({ state }) => ({
  streams: state.streams.running.map((stream) => stream.view(state.inRoom)),
}))

export const stopStream = command(
  noParams.extend({ stream_id: fields.streamId }),
  (context, { stream_id }) => {
    endStream(context, runningStream(context.state, stream_id))
  },
)

export function endStream({ state, changes, nowMs }: Omit<CommandContext, 'caller'>, stream: Stream): void {
  stream.end(nowMs, { error: null })
  changes.objects.push({ type: 'video.stream.ended', stream })
  changes.media.push({ kind: 'media.stopOutput', outputId: stream.id })
  state.updateOutputFlags()
}
