import type { RoomSession } from '@roomful/client'
import type { RoomAction } from './roomState.ts'
import { toPlayback, toRecording, toStream } from './running.ts'

/** Keeps the state up to date with what is recorded, streamed and played; `tell` is called when one breaks. */
export function listenToRunning(
  session: RoomSession,
  dispatch: (action: RoomAction) => void,
  tell: (problem: string) => void,
): void {
  session.on('room.updated', ({ room_session: { recording, streaming } }) => {
    dispatch({ type: 'room', recording, streaming })
  })
  for (const what of ['started', 'updated', 'ended'] as const) {
    session.on(`recording.${what}`, (recording) => {
      dispatch({ type: 'recording', id: recording.id, now: toRecording(recording) })
    })
    session.on(`stream.${what}`, (stream) => {
      dispatch({ type: 'stream', id: stream.id, now: toStream(stream) })
    })
    session.on(`playback.${what}`, (playback) => {
      dispatch({ type: 'playback', id: playback.id, now: toPlayback(playback, performance.now()) })
    })
  }
  session.on('recording.ended', ({ error }) => error && tell(`The recording ended: ${error}`))
  session.on('stream.ended', ({ error }) => error && tell(`The stream ended: ${error}`))
  session.on('playback.ended', ({ error }) => error && tell(`The video ended: ${error}`))
}
