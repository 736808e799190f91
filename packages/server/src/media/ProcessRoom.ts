import type {
  LegId,
  LegOptions,
  ListenerSettings,
  MediaCommands,
  MediaMethod,
  OutputId,
  OutputTarget,
  PlayerInfo,
  PlayerOptions,
  RoomMediaStats,
  RoomTone,
  Scene,
  SourceId,
  SourceSettings,
} from '@roomful/media'
import { playerOpenTimeoutMs, streamStartTimeoutMs } from '@roomful/media'
import type { MediaRoom } from './MediaEngine.ts'
import type { MediaProcessHandle } from './MediaProcessHandle.ts'
import type { MediaLogger } from './MediaProcessPool.ts'

/** Opening a URL has limits of its own, told by the media process: this one is only for a process that is stuck. */
const openTimeoutMs = Math.max(playerOpenTimeoutMs, streamStartTimeoutMs) + 1000

/** A room that lives in a media process. IPC keeps the order of calls; after the process died calls do nothing. */
export class ProcessRoom implements MediaRoom {
  readonly #roomId: string
  readonly #process: MediaProcessHandle
  readonly #logger: MediaLogger
  readonly #onClose: () => void

  constructor(roomId: string, process: MediaProcessHandle, logger: MediaLogger, onClose: () => void) {
    this.#roomId = roomId
    this.#process = process
    this.#logger = logger
    this.#onClose = onClose
  }

  answer(legId: LegId, offerSdp: string, options: LegOptions): Promise<{ sdp: string }> {
    return this.#process.request('leg.answer', { roomId: this.#roomId, legId, offerSdp, options })
  }

  closeLeg(legId: LegId): void {
    this.#tell('leg.close', { roomId: this.#roomId, legId })
  }

  setListener(legId: LegId, settings: ListenerSettings): void {
    this.#tell('leg.setListener', { roomId: this.#roomId, legId, settings })
  }

  setSource(sourceId: SourceId, settings: SourceSettings): void {
    this.#tell('source.set', { roomId: this.#roomId, sourceId, settings })
  }

  removeSource(sourceId: SourceId): void {
    this.#tell('source.remove', { roomId: this.#roomId, sourceId })
  }

  setScene(scene: Scene): void {
    this.#tell('room.setScene', { roomId: this.#roomId, scene })
  }

  playTone(tone: RoomTone): void {
    this.#tell('room.playTone', { roomId: this.#roomId, tone })
  }

  async startOutput(outputId: OutputId, target: OutputTarget): Promise<void> {
    await this.#process.request('output.start', { roomId: this.#roomId, outputId, target }, openTimeoutMs)
  }

  async pauseOutput(outputId: OutputId): Promise<void> {
    await this.#process.request('output.pause', { roomId: this.#roomId, outputId })
  }

  async resumeOutput(outputId: OutputId): Promise<void> {
    await this.#process.request('output.resume', { roomId: this.#roomId, outputId })
  }

  stopOutput(outputId: OutputId): void {
    this.#tell('output.stop', { roomId: this.#roomId, outputId })
  }

  openPlayer(sourceId: SourceId, options: PlayerOptions): Promise<PlayerInfo> {
    return this.#process.request('player.open', { roomId: this.#roomId, sourceId, options }, openTimeoutMs)
  }

  async pausePlayer(sourceId: SourceId): Promise<void> {
    await this.#process.request('player.pause', { roomId: this.#roomId, sourceId })
  }

  async resumePlayer(sourceId: SourceId): Promise<void> {
    await this.#process.request('player.resume', { roomId: this.#roomId, sourceId })
  }

  seekPlayer(sourceId: SourceId, positionMs: number): Promise<{ positionMs: number }> {
    return this.#process.request('player.seek', { roomId: this.#roomId, sourceId, positionMs }, openTimeoutMs)
  }

  setPlayerVolume(sourceId: SourceId, volumeDb: number): void {
    this.#tell('player.setVolume', { roomId: this.#roomId, sourceId, volumeDb })
  }

  playerPosition(sourceId: SourceId): Promise<{ positionMs: number }> {
    return this.#process.request('player.position', { roomId: this.#roomId, sourceId })
  }

  closePlayer(sourceId: SourceId): void {
    this.#tell('player.close', { roomId: this.#roomId, sourceId })
  }

  stats(): Promise<RoomMediaStats> {
    return this.#process.request('room.stats', { roomId: this.#roomId })
  }

  async close(): Promise<void> {
    this.#onClose()
    if (!this.#process.alive) return
    await this.#process
      .request('room.close', { roomId: this.#roomId })
      .catch((error: Error) => this.#failed('room.close', error))
  }

  #tell<M extends MediaMethod>(method: M, params: MediaCommands[M]['params']): void {
    // A process that died has told its rooms so already.
    if (!this.#process.alive) return
    this.#process.request(method, params).catch((error: Error) => this.#failed(method, error))
  }

  #failed(method: string, error: Error): void {
    if (!this.#process.alive) return
    this.#logger.warn(
      { roomId: this.#roomId, method, error: error.message },
      'The media process refused a command',
    )
  }
}
