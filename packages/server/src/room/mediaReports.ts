import { RoomError } from '@roomful/protocol'
import type { CommandContext, CommandResult } from './commands/command.ts'
import { acceptPlayback, endPlayback, runningPlayback } from './commands/playback.ts'
import { applyPlacements } from './commands/position.ts'
import { requireRoomForRecording, runningRecording } from './commands/recording.ts'
import { requireRoomForStream } from './commands/stream.ts'
import type { Member } from './Member.ts'
import { isPermitted } from './permissions.ts'
import type { RoomMethod } from './permissions.ts'
import { Playback } from './Playback.ts'
import { Recording } from './Recording.ts'
import { Stream } from './Stream.ts'
import type { MediaReport } from './types.ts'

type Of<Type extends MediaReport['type']> = Extract<MediaReport, { type: Type }>

/** What may still be undone, and the request that it was done for. */
const askedBy: Partial<Record<MediaReport['type'], RoomMethod>> = {
  recordingStarted: 'video.recording.start',
  streamStarted: 'video.stream.start',
  playbackStarted: 'video.playback.start',
}

/**
 * What the media has done. What it was asked for may be refused yet, since the room went on meanwhile; what has
 * merely happened may be told late, and is no error then.
 */
export function mediaReport(report: MediaReport, context: CommandContext): CommandResult | null {
  requireStillPermitted(report, context.caller)
  switch (report.type) {
    case 'recordingStarted':
      return recordingStarted(report, context)
    case 'recordingPaused':
      return recordingPaused(report, context)
    case 'streamStarted':
      return streamStarted(report, context)
    case 'streamConnection':
      return streamConnection(report, context)
    case 'outputEnded':
      return outputEnded(report, context)
    case 'playbackStarted':
      return playbackStarted(report, context)
    case 'playbackState':
      return playbackState(report, context)
    case 'playbackMoved':
      return playbackMoved(report, context)
    case 'playbackEnded':
      return playbackEnded(report, context)
  }
}

/** Whoever asked may have been demoted while the file or URL was opened. */
function requireStillPermitted({ type }: MediaReport, caller: Member | null): void {
  const method = askedBy[type]
  if (!caller || method === undefined) return
  const { id: callerId, permissions: held } = caller
  if (!isPermitted({ method, params: {}, callerId, held, isOwnChild: () => false })) {
    throw new RoomError('permission_denied')
  }
}

function recordingStarted({ recordingId }: Of<'recordingStarted'>, context: CommandContext): CommandResult {
  const { state, changes, nowMs } = context
  requireRoomForRecording(state)
  const recording = new Recording(recordingId, nowMs)
  state.recordings.add(recording)
  state.updateOutputFlags()
  changes.objects.push({ type: 'video.recording.started', recording })
  return { recording: recording.view(state.inRoom) }
}

function recordingPaused(
  { recordingId, paused }: Of<'recordingPaused'>,
  { state, changes, nowMs }: CommandContext,
): CommandResult {
  const recording = runningRecording(state, recordingId)
  if ((recording.state === 'paused') === paused) return {}
  if (paused) recording.pause(nowMs)
  else recording.resume(nowMs)
  changes.objects.push({ type: 'video.recording.updated', recording })
  return {}
}

function streamStarted({ streamId, url }: Of<'streamStarted'>, context: CommandContext): CommandResult {
  const { state, changes, nowMs } = context
  requireRoomForStream(state)
  const stream = new Stream(streamId, url, nowMs)
  state.streams.add(stream)
  state.updateOutputFlags()
  changes.objects.push({ type: 'video.stream.started', stream })
  return { stream: stream.view(state.inRoom) }
}

function streamConnection(
  { streamId, trouble }: Of<'streamConnection'>,
  { state, changes }: CommandContext,
): null {
  const stream = state.streams.find(streamId)
  if (stream?.endedAtMs !== null || stream.trouble === trouble) return null
  stream.trouble = trouble
  changes.objects.push({ type: 'video.stream.updated', stream })
  return null
}

function outputEnded(
  { outputId, durationMs, error }: Of<'outputEnded'>,
  { state, changes, nowMs }: CommandContext,
): null {
  const ending = { error, durationMs: durationMs ?? undefined }
  const recording = state.recordings.find(outputId)
  if (recording?.endedAtMs === null) {
    recording.end(nowMs, ending)
    changes.objects.push({ type: 'video.recording.ended', recording })
  } else if (recording && durationMs !== null) {
    recording.measured(durationMs)
  }
  const stream = state.streams.find(outputId)
  if (stream?.endedAtMs === null) {
    stream.end(nowMs, ending)
    changes.objects.push({ type: 'video.stream.ended', stream })
  }
  state.updateOutputFlags()
  return null
}

function playbackStarted(report: Of<'playbackStarted'>, context: CommandContext): CommandResult {
  const { state, changes, nowMs } = context
  const { playbackId: id, request, info } = report
  const { layout, position, placements } = acceptPlayback(context, request)
  const { url, volumeDb, positionMs } = request
  const place = { requestedPosition: position, requestOrder: state.takeOrder() }
  const playback = new Playback({ id, url, volumeDb, positionMs, info, ...place, nowMs })
  state.addPlayback(playback, layout)
  applyPlacements(context, placements)
  changes.objects.push({ type: 'video.playback.started', playback })
  return { playback: playback.view(state.inRoom, nowMs) }
}

function playbackState(
  { playbackId, state: playing, positionMs }: Of<'playbackState'>,
  { state, changes, nowMs }: CommandContext,
): null {
  const playback = state.playbacks.find(playbackId)
  if (playback?.endedAtMs !== null) return null
  const changed = playback.state !== playing
  playback.state = playing
  playback.moveTo(positionMs, nowMs)
  if (changed) changes.objects.push({ type: 'video.playback.updated', playback })
  return null
}

function playbackMoved(
  { playbackId, positionMs, tell }: Of<'playbackMoved'>,
  { state, changes, nowMs }: CommandContext,
): null {
  const playback = tell ? runningPlayback(state, playbackId) : state.playbacks.find(playbackId)
  if (playback?.endedAtMs !== null) return null
  playback.moveTo(positionMs, nowMs)
  if (tell) changes.objects.push({ type: 'video.playback.updated', playback })
  return null
}

function playbackEnded(
  { playbackId, positionMs, error }: Of<'playbackEnded'>,
  context: CommandContext,
): null {
  const playback = context.state.playbacks.find(playbackId)
  if (playback?.endedAtMs !== null) return null
  endPlayback(context, playback, positionMs ?? playback.positionAt(context.nowMs), error)
  return null
}
