import { RoomError } from '@roomful/protocol'
import type { Recording } from '../Recording.ts'
import type { RoomState } from '../RoomState.ts'
import { command } from './command.ts'
import type { CommandContext } from './command.ts'
import { fields, noParams } from './params.ts'

/** Recordings of a session at the same time. */
export const maxRecordings = 10

export const recordingParams = noParams.extend({ recording_id: fields.recordingId })

/** Looks whether one more may begin; throws the refusal. */
export function requireRoomForRecording({ recordings }: RoomState): void {
  if (recordings.running.length < maxRecordings) return
  throw new RoomError('conflict', `A room can have ${maxRecordings} recordings at a time; stop one first`)
}

export function runningRecording({ recordings }: RoomState, id: string): Recording {
  const recording = recordings.find(id)
  if (!recording) {
    const named = JSON.stringify(id.slice(0, 50))
    throw new RoomError(
      'recording_not_found',
      `Recording not found: this room session has none with the id ${named}; getRecordings() lists them`,
    )
  }
  if (recording.endedAtMs === null) return recording
  throw new RoomError('conflict', 'The recording has ended')
}

export const startRecording = command(noParams, ({ state, changes }) => {
  requireRoomForRecording(state)
  changes.tasks.push({ do: 'startRecording' })
})

/** All of the session, those that have ended too. */
export const listRecordings = command(noParams, ({ state }) => ({
  recordings: state.recordings.all.map((recording) => recording.view(state.inRoom)),
}))

const setPaused = (paused: boolean) =>
  command(recordingParams, ({ state, changes }, { recording_id }) => {
    const recordingId = runningRecording(state, recording_id).id
    changes.tasks.push({ do: 'pauseRecording', recordingId, paused })
  })
export const pauseRecording = setPaused(true)
export const resumeRecording = setPaused(false)

export const stopRecording = command(recordingParams, (context, { recording_id }) => {
  endRecording(context, runningRecording(context.state, recording_id))
})

/** For everybody it has ended now; the media closes the file, and tells then how long it is. */
export function endRecording(
  { state, changes, nowMs }: Omit<CommandContext, 'caller'>,
  recording: Recording,
): void {
  recording.end(nowMs, { error: null })
  changes.objects.push({ type: 'video.recording.ended', recording })
  changes.media.push({ kind: 'media.stopOutput', outputId: recording.id })
  state.updateOutputFlags()
}
