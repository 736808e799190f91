import { MediaError } from '../MediaError.ts'
import type { PlayerEvent, PlayerInfo, PlayerOptions } from '../playerTypes.ts'
import type { SourceId } from '../types.ts'

export type RoomPlayersOptions = { onEvent: (event: PlayerEvent) => void }

/** The playbacks of a room. */
export class RoomPlayers {
  constructor(_options: RoomPlayersOptions) {}

  open(sourceId: SourceId, _options: PlayerOptions): Promise<PlayerInfo> {
    return Promise.reject(new MediaError('player_failed', `Player ${sourceId} cannot open`))
  }

  pause(_sourceId: SourceId): Promise<null> {
    return Promise.resolve(null)
  }

  resume(_sourceId: SourceId): Promise<null> {
    return Promise.resolve(null)
  }

  seek(_sourceId: SourceId, positionMs: number): Promise<{ positionMs: number }> {
    return Promise.resolve({ positionMs })
  }

  setVolume(_sourceId: SourceId, _volumeDb: number): void {}

  position(_sourceId: SourceId): Promise<{ positionMs: number }> {
    return Promise.resolve({ positionMs: 0 })
  }

  close(_sourceId: SourceId): void {}

  closeAll(): Promise<void> {
    return Promise.resolve()
  }
}
