import type { MediaProcessConfig, RoomMediaEvent, RoomMediaOptions } from '@roomful/media'
import { RoomError } from '@roomful/protocol'
import type { MediaEngine, MediaRoom, MediaRoomObserver } from './MediaEngine.ts'
import { MediaProcessHandle } from './MediaProcessHandle.ts'
import { ProcessRoom } from './ProcessRoom.ts'

/** The part of a pino logger that the pool uses. */
export type MediaLogger = Record<
  'error' | 'warn' | 'info' | 'debug',
  (fields: Record<string, unknown>, message: string) => void
>

export type MediaProcessPoolOptions = {
  /** How many media processes share the rooms; process k has each port of `config` plus k. */
  processes: number
  config: MediaProcessConfig
  logger: MediaLogger
}

/** Delays between attempts to start a process that fails to start or keeps dying. */
const restartDelaysMs = [0, 100, 250, 500, 1000, 2000, 5000]
/** A process that lived so long was healthy: its next death is its first again. */
const healthyAfterMs = 30_000
/** How long `createRoom` waits for a process that is just being replaced. */
const waitForProcessMs = 6000

function configOf(config: MediaProcessConfig, index: number): MediaProcessConfig {
  const shift = (port: number | undefined) => port && port + index
  const { rtcPort, announcedPort, relayPort } = config
  return {
    ...config,
    rtcPort: rtcPort + index,
    announcedPort: shift(announcedPort),
    relayPort: shift(relayPort),
  }
}

type Slot = {
  index: number
  handle: MediaProcessHandle | undefined
  /** Rooms that live here. One whose creation is still under way is told of a death by its rejection. */
  rooms: Map<string, MediaRoomObserver>
  /** Rooms whose creation is under way: they are load already, or a burst of them would all land here. */
  creating: number
  startedAtMs: number
  failures: number
  restartTimer: NodeJS.Timeout | undefined
}

/** Spreads rooms over media processes and replaces those that die. */
export class MediaProcessPool implements MediaEngine {
  readonly #options: MediaProcessPoolOptions
  readonly #slots: Slot[]
  readonly #waiting = new Set<() => void>()
  #closed = false

  private constructor(options: MediaProcessPoolOptions) {
    this.#options = options
    this.#slots = Array.from({ length: options.processes }, (_, index) => ({
      index,
      handle: undefined,
      rooms: new Map(),
      creating: 0,
      startedAtMs: 0,
      failures: 0,
      restartTimer: undefined,
    }))
  }

  /** Resolves once every process runs; rejects with the error of the first that does not start. */
  static async start(options: MediaProcessPoolOptions): Promise<MediaProcessPool> {
    const pool = new MediaProcessPool(options)
    try {
      await Promise.all(pool.#slots.map((slot) => pool.#startSlot(slot)))
    } catch (error) {
      await pool.close()
      throw error
    }
    return pool
  }

  /** Process ids of the running media processes. */
  get pids(): number[] {
    return this.#slots.flatMap((slot) => slot.handle?.pid ?? [])
  }

  async createRoom(
    roomId: string,
    options: RoomMediaOptions,
    observer: MediaRoomObserver,
  ): Promise<MediaRoom> {
    const deadlineMs = Date.now() + waitForProcessMs
    for (;;) {
      const slot = this.#leastLoaded()
      if (slot?.handle !== undefined) {
        const { handle } = slot
        slot.creating += 1
        try {
          await handle.request('room.create', { roomId, options })
        } finally {
          slot.creating -= 1
        }
        slot.rooms.set(roomId, observer)
        return new ProcessRoom(roomId, handle, this.#options.logger, () => slot.rooms.delete(roomId))
      }
      await this.#processAvailable(deadlineMs - Date.now())
    }
  }

  async close({ abruptly = false } = {}): Promise<void> {
    this.#closed = true
    for (const wake of this.#waiting) wake()
    await Promise.all(
      this.#slots.map(async (slot) => {
        clearTimeout(slot.restartTimer)
        await slot.handle?.stop({ abruptly })
      }),
    )
  }

  #leastLoaded(): Slot | undefined {
    const running = this.#slots.filter((slot) => slot.handle?.alive)
    return running.reduce<Slot | undefined>(
      (best, slot) => (best === undefined || loadOf(slot) < loadOf(best) ? slot : best),
      undefined,
    )
  }

  #processAvailable(timeoutMs: number): Promise<void> {
    if (this.#closed || timeoutMs <= 0) {
      return Promise.reject(new RoomError('media_unavailable', 'No media process is running'))
    }
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, timeoutMs)
      this.#waiting.add(wake)
    })
  }

  async #startSlot(slot: Slot): Promise<void> {
    const { config, logger } = this.#options
    let exited = false
    slot.startedAtMs = Date.now()
    const handle = await MediaProcessHandle.start(
      configOf(config, slot.index),
      logger,
      (roomId, event) => this.#roomEvent(slot, roomId, event),
      () => {
        exited = true
        this.#processDied(slot)
      },
    )
    if (exited) return
    if (this.#closed) {
      await handle.stop()
      return
    }
    slot.handle = handle
    for (const wake of this.#waiting) wake()
  }

  #roomEvent(slot: Slot, roomId: string, event: RoomMediaEvent): void {
    slot.rooms.get(roomId)?.onMediaEvent(event)
  }

  #processDied(slot: Slot): void {
    const wasRunning = slot.handle !== undefined
    slot.handle = undefined
    const rooms = [...slot.rooms.values()]
    slot.rooms.clear()
    if (this.#closed) return
    if (Date.now() - slot.startedAtMs > healthyAfterMs) slot.failures = 0
    if (wasRunning) {
      this.#options.logger.error(
        { slot: slot.index, rooms: rooms.length },
        'A media process died; replacing it',
      )
      this.#restart(slot)
    }
    for (const observer of rooms) observer.onMediaDied()
  }

  #restart(slot: Slot): void {
    const delayMs = restartDelaysMs[Math.min(slot.failures, restartDelaysMs.length - 1)]
    slot.failures += 1
    slot.restartTimer = setTimeout(() => {
      this.#startSlot(slot).catch((error: unknown) => {
        if (this.#closed) return
        const message = error instanceof Error ? error.message : String(error)
        this.#options.logger.error({ slot: slot.index, error: message }, 'A media process did not start')
        this.#restart(slot)
      })
    }, delayMs)
  }
}

const loadOf = (slot: Slot): number => slot.rooms.size + slot.creating
