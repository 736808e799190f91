import type {
  LegId,
  LegOptions,
  ListenerSettings,
  MediaCommands,
  MediaMethod,
  RoomMediaStats,
  Scene,
  SourceId,
  SourceSettings,
} from '@roomful/media'
import type { MediaRoom } from './MediaEngine.ts'
import type { MediaProcessHandle } from './MediaProcessHandle.ts'
import type { MediaLogger } from './MediaProcessPool.ts'

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
