import type { PcmSource } from '../audio/index.ts'
import { MediaError } from '../MediaError.ts'
import { AddressPolicy } from '../net/index.ts'
import type { PlayerEvent, PlayerInfo, PlayerOptions } from '../playerTypes.ts'
import type { RoomMediaOptions, Scene, SourceId } from '../types.ts'
import { placeTile } from '../video/tileGeometry.ts'
import { maxPlayers } from './limits.ts'
import type { RawPicture } from './mediaPipe.ts'
import { Player } from './Player.ts'
import type { PlayerTile } from './playerMessages.ts'

export type RoomPlayersOptions = {
  room: Pick<RoomMediaOptions, 'width' | 'height' | 'fps'>
  /** See `MediaProcessConfig`. */
  allowedHosts: readonly string[]
  /** The clock of the room's ticks. */
  now: () => number
  onEvent: (event: PlayerEvent) => void
  audio: {
    addPcmSource: (sourceId: SourceId, source: PcmSource) => void
    removePcmSource: (sourceId: SourceId) => void
  }
  video: {
    pushPicture: (sourceId: SourceId, picture: RawPicture, onTaken: (bytes: ArrayBuffer) => void) => void
    removeSource: (sourceId: SourceId) => void
  }
}

/**
 * The playbacks of a room. Each fetches and decodes its URL in a process of its own; the picture comes here as
 * it is shown, and goes to the room's compositor, the sound into its mixer.
 */
export class RoomPlayers {
  readonly #options: RoomPlayersOptions
  readonly #players = new Map<SourceId, Player>()
  #scene: Scene = { layers: [] }

  constructor(options: RoomPlayersOptions) {
    this.#options = options
  }

  /**
   * Resolves when it plays.
   *
   * @throws MediaError `url_not_allowed`, or `player_failed` within `playerOpenTimeoutMs`, in words for users.
   */
  async open(sourceId: SourceId, options: PlayerOptions): Promise<PlayerInfo> {
    const { room, allowedHosts, audio, video, onEvent } = this.#options
    if (this.#players.has(sourceId)) {
      throw new MediaError('player_failed', `There is a player ${sourceId} in this room already`)
    }
    if (this.#players.size >= maxPlayers) {
      throw new MediaError('player_failed', `A room plays at most ${maxPlayers} URLs at once`)
    }
    // What can be refused without a process is.
    const { authority } = new AddressPolicy({ allowedHosts }).check(options.url, 'play')
    const player = new Player(
      {
        options,
        allowedHosts,
        maxFps: room.fps,
        tile: this.#tileOf(sourceId),
        authority,
        onPicture: (picture, onTaken) => video.pushPicture(sourceId, picture, onTaken),
        onState: (state, positionMs) => onEvent({ type: 'player.state', sourceId, state, positionMs }),
        onEnded: (positionMs, error) => {
          this.#remove(sourceId, player)
          onEvent({ type: 'player.ended', sourceId, positionMs, error })
        },
      },
      this.#options.now(),
    )
    this.#players.set(sourceId, player)
    audio.addPcmSource(sourceId, player)
    try {
      return await player.open()
    } catch (error) {
      this.#remove(sourceId, player)
      throw error
    }
  }

  pause(sourceId: SourceId): null {
    this.#get(sourceId).pause()
    return null
  }

  resume(sourceId: SourceId): null {
    this.#get(sourceId).resume()
    return null
  }

  /** Exact, unless the way from the keyframe before it takes 4 s to decode: then it lands on that way. */
  async seek(sourceId: SourceId, positionMs: number): Promise<{ positionMs: number }> {
    return this.#get(sourceId).seek(positionMs)
  }

  /** dB, -50 (silence) to 50. */
  setVolume(sourceId: SourceId, volumeDb: number): void {
    this.#get(sourceId).setVolume(volumeDb)
  }

  position(sourceId: SourceId): { positionMs: number } {
    return { positionMs: this.#get(sourceId).positionMs }
  }

  /** Does nothing if it has ended. */
  close(sourceId: SourceId): void {
    const player = this.#players.get(sourceId)
    if (player !== undefined) this.#remove(sourceId, player)
  }

  /** The pictures of players are made in the size of their tiles. */
  setScene(scene: Scene): void {
    const before = this.#scene
    this.#scene = scene
    for (const [sourceId, player] of this.#players) {
      const tile = this.#tileOf(sourceId)
      if (JSON.stringify(tile) !== JSON.stringify(this.#tileOf(sourceId, before))) player.setTile(tile)
    }
  }

  async closeAll(): Promise<void> {
    const players = [...this.#players]
    for (const [sourceId, player] of players) this.#remove(sourceId, player)
    await Promise.all(players.map(([, player]) => player.close()))
  }

  #get(sourceId: SourceId): Player {
    const player = this.#players.get(sourceId)
    if (player === undefined) throw new MediaError('player_failed', `No player ${sourceId} in this room`)
    return player
  }

  #remove(sourceId: SourceId, player: Player): void {
    void player.close()
    if (this.#players.get(sourceId) !== player) return
    this.#players.delete(sourceId)
    this.#options.audio.removePcmSource(sourceId)
    this.#options.video.removeSource(sourceId)
  }

  /** The largest of the tiles that show it. */
  #tileOf(sourceId: SourceId, scene = this.#scene): PlayerTile {
    const { width, height } = this.#options.room
    const tiles = scene.layers
      .filter((layer) => layer.sourceId === sourceId && !layer.videoMuted)
      .map((layer) => ({ fit: layer.fit, rect: placeTile(layer, width, height)?.rect }))
      .filter(({ rect }) => rect !== undefined)
      .map(({ fit, rect }) => ({ fit, width: rect!.width, height: rect!.height }))
    return tiles.sort((a, b) => b.width * b.height - a.width * a.height)[0] ?? null
  }
}
