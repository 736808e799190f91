import type { VideoPositions } from '@roomful/protocol'
import type { RoomSessionPlayback } from '../RoomSessionPlayback.ts'
import { StreamControls } from './StreamControls.ts'
import { checkNumber, checkPositions, checkRecord, checkText } from './validate.ts'

export type PlayParams = {
  /** What to play: `http`, `https`, `rtmp` or `rtmps`. */
  url: string
  /** How loud, in dB: -50 (silence) to 50. Default 0. */
  volume?: number
  /** Where to begin, in milliseconds. Default 0. */
  seekPosition?: number
  /** @deprecated Use `seekPosition`. */
  currentTimecode?: number
  /** Places to assign as soon as it starts; `self` is the playback. Default: over the whole picture. */
  positions?: VideoPositions
  /** Layout while it lasts. Default: the present one. */
  layout?: string
}

/** Playing files and live sources into the room. */
export abstract class PlaybackControls extends StreamControls {
  /**
   * Plays a file (MP4, WebM, MP3 …) or a live source into the room, for everybody. Resolves when it plays; rejects
   * with the cause if it cannot be opened. Needs `room.playback`.
   */
  async play(params: PlayParams): Promise<RoomSessionPlayback> {
    const where = 'play()'
    const {
      url,
      volume,
      positions,
      layout,
      currentTimecode,
      seekPosition = currentTimecode,
    } = checkRecord(where, params)
    const { objects } = this.joined('play').state
    const reply = await this.roomRequest('play', 'video.playback.start', {
      url: checkText(where, 'url', url),
      volume: volume === undefined ? undefined : checkNumber(where, 'volume', volume, -50, 50),
      seek_position:
        seekPosition === undefined
          ? undefined
          : checkNumber(where, 'seekPosition', seekPosition, 0, maxTimeMs),
      positions: positions === undefined ? undefined : checkPositions(where, positions),
      layout: layout === undefined ? undefined : checkText(where, 'layout', layout),
    })
    return objects.playbacks.fromReply('play', reply)
  }

  /** The playbacks of this session, those that have ended too. Needs `room.playback`. */
  async getPlaybacks(): Promise<{ playbacks: RoomSessionPlayback[] }> {
    const { objects } = this.joined('getPlaybacks').state
    const reply = await this.roomRequest('getPlaybacks', 'video.playback.list')
    return { playbacks: objects.playbacks.listFromReply('getPlaybacks', reply) }
  }
}

/** A month is longer than any film. */
const maxTimeMs = 31 * 86_400_000
