import { RoomError } from '@roomful/protocol'
import type { LayoutName, VideoPosition } from '@roomful/protocol'
import { checkLayout, placeable } from '../joining.ts'
import { checkPlaybackPosition, checkPosition } from '../layouts/positions.ts'
import type { Playback } from '../Playback.ts'
import type { RoomState } from '../RoomState.ts'
import type { PlayRequest } from '../types.ts'
import { command } from './command.ts'
import type { CommandContext } from './command.ts'
import { fields, noParams } from './params.ts'
import type { Placement } from './position.ts'

/** Playbacks of a session at the same time. */
export const maxPlaybacks = 5

const playbackParams = noParams.extend({ playback_id: fields.playbackId })

/** What a playback does to the layout. */
export type AcceptedPlayback = {
  /** null: it stays as it is. */
  layout: LayoutName | null
  position: VideoPosition
  placements: Placement[]
}

/** Looks whether a playback may begin; throws the refusal. */
export function acceptPlayback(
  { state, caller }: Pick<CommandContext, 'state' | 'caller'>,
  request: PlayRequest,
): AcceptedPlayback {
  if (state.playbacks.running.length >= maxPlaybacks) {
    throw new RoomError('conflict', `A room can have ${maxPlaybacks} playbacks at a time; stop one first`)
  }
  const layout = request.layout === null ? null : checkLayout(request.layout)
  const present = layout ?? state.flags.layoutName
  const { self = 'playback', ...others } = request.positions
  return {
    layout,
    position: checkPlaybackPosition(present, self),
    placements: Object.entries(others).map(([memberId, position]) => ({
      member: placeable(state, caller, memberId),
      position: checkPosition(present, position),
    })),
  }
}

export const startPlayback = command(
  noParams.extend({
    url: fields.playbackUrl,
    volume: fields.volumeDb.nullish(),
    seek_position: fields.positionMs.nullish(),
    positions: fields.positions.nullish(),
    layout: fields.layoutName.nullish(),
  }),
  (context, { url, volume, seek_position, positions, layout }) => {
    const request: PlayRequest = {
      url,
      volumeDb: volume ?? 0,
      positionMs: seek_position ?? 0,
      layout: layout ?? null,
      positions: positions ?? {},
    }
    acceptPlayback(context, request)
    context.changes.tasks.push({ do: 'play', request })
  },
)

/** All of the session, those that have ended too. */
export const listPlaybacks = command(noParams, ({ state, nowMs }) => ({
  playbacks: state.playbacks.all.map((playback) => playback.view(state.inRoom, nowMs)),
}))

const setPaused = (paused: boolean) =>
  command(playbackParams, ({ state, changes }, { playback_id }) => {
    const playbackId = runningPlayback(state, playback_id).id
    changes.tasks.push({ do: 'pausePlayback', playbackId, paused })
  })
export const pausePlayback = setPaused(true)
export const resumePlayback = setPaused(false)

export const stopPlayback = command(playbackParams, (context, { playback_id }) => {
  stopPlaying(context, runningPlayback(context.state, playback_id))
})

export function stopPlaying(context: Omit<CommandContext, 'caller'>, playback: Playback): void {
  context.changes.media.push({ kind: 'media.closePlayer', playbackId: playback.id })
  endPlayback(context, playback, playback.positionAt(context.nowMs), null)
}

export function endPlayback(
  { state, changes, nowMs }: Omit<CommandContext, 'caller'>,
  playback: Playback,
  positionMs: number,
  error: string | null,
): void {
  playback.end(nowMs, positionMs, { error })
  state.dropPlayback(playback)
  changes.objects.push({ type: 'video.playback.ended', playback })
}

export const setPlaybackVolume = command(
  playbackParams.extend({ volume: fields.volumeDb }),
  ({ state, changes }, { playback_id, volume }) => {
    const playback = runningPlayback(state, playback_id)
    if (playback.volumeDb === volume) return
    playback.volumeDb = volume
    changes.media.push({ kind: 'media.playerVolume', playbackId: playback.id, volumeDb: volume })
    changes.objects.push({ type: 'video.playback.updated', playback })
  },
)

export const seekAbsolute = command(
  playbackParams.extend({ position: fields.positionMs }),
  (context, { playback_id, position }) => seek(context, playback_id, position, false),
)

export const seekRelative = command(
  playbackParams.extend({ position: fields.distanceMs }),
  (context, { playback_id, position }) => seek(context, playback_id, position, true),
)

function seek({ state, changes }: CommandContext, id: string, positionMs: number, relative: boolean): void {
  const { id: playbackId, info } = runningPlayback(state, id)
  if (!info.seekable) {
    throw new RoomError(
      'conflict',
      'This playback cannot seek: what is played is live, or cannot be read twice',
    )
  }
  changes.tasks.push({ do: 'seek', playbackId, positionMs, relative, durationMs: info.durationMs })
}

export function runningPlayback({ playbacks }: RoomState, id: string): Playback {
  const playback = playbacks.find(id)
  if (!playback) {
    const named = JSON.stringify(id.slice(0, 50))
    throw new RoomError(
      'playback_not_found',
      `Playback not found: this room session has none with the id ${named}; getPlaybacks() lists them`,
    )
  }
  if (playback.endedAtMs === null) return playback
  throw new RoomError('conflict', 'The playback has ended')
}
