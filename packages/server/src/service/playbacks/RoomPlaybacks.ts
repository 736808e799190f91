import { randomUUID } from 'node:crypto'
import type { PlayerEvent, PlayerInfo } from '@roomful/media'
import { RoomError, type PlaybackId, type VideoPlayback } from '@roomful/protocol'
import { SerialQueue } from '../../lib/SerialQueue.ts'
import type { MediaRoom } from '../../media/MediaEngine.ts'
import type { MediaTask, PlayRequest } from '../../room/types.ts'
import { commit, type Asker } from '../Asker.ts'
import { inOrder } from '../inOrder.ts'
import { mediaDiedMessage, mediaTaskTimeoutMs } from '../mediaLimits.ts'
import type { RoomHost } from '../RoomHost.ts'

/** URLs of one room that may be on their way to be opened. */
const maxOpening = 5
/** Pauses, resumes and seeks of one playback that may wait. */
const queueLimit = 10
/** A list of playbacks does not wait longer for where they are. */
const positionTimeoutMs = 1000
/** Waits before a playback is opened again after its media process died. */
const reopenDelaysMs = [0, 1000, 3000]

/** A URL that is being opened; `over`: it ended before the room had it, and why. */
type Opening = { over: string | null }

/** The playbacks of one room, and what the media does for them. */
export class RoomPlaybacks {
  readonly #host: RoomHost
  readonly #opening = new Map<PlaybackId, Opening>()
  /** Keeps the requests about one playback in the order they came. */
  readonly #queues = new Map<PlaybackId, SerialQueue>()
  /** Those that the media lost, until they are open again. */
  readonly #lost = new Map<PlaybackId, { positionMs: number; isReopening: boolean }>()

  constructor(host: RoomHost) {
    this.#host = host
  }

  async play(request: PlayRequest, asker: Asker | null): Promise<void> {
    if (this.#opening.size >= maxOpening) {
      throw new RoomError('conflict', `${maxOpening} URLs are being opened already; try again when they are`)
    }
    const playbackId = randomUUID()
    const opening: Opening = { over: null }
    this.#opening.set(playbackId, opening)
    try {
      const info = await this.#openPlayer(playbackId, request)
      await commit(this.#host, { type: 'playbackStarted', playbackId, request, info }, asker, {
        check: () => {
          if (opening.over !== null) throw new RoomError('conflict', opening.over)
        },
        accepted: () => {
          this.#queues.set(playbackId, new SerialQueue(queueLimit))
          const { seekable, durationMs } = info
          this.#host.logger.info({ playbackId, seekable, durationMs }, 'Playback started')
        },
      })
    } catch (error) {
      this.#host.media.apply({ kind: 'media.closePlayer', playbackId })
      throw error
    } finally {
      this.#opening.delete(playbackId)
    }
  }

  setPaused(playbackId: PlaybackId, paused: boolean, asker: Asker | null): Promise<void> {
    return inOrder(this.#queues.get(playbackId), 'playback', async () => {
      const state = paused ? 'paused' : 'playing'
      if (this.#find(playbackId)?.state !== state) {
        await this.#ask((room) => (paused ? room.pausePlayer(playbackId) : room.resumePlayer(playbackId)))
      }
      const { positionMs } = await this.#ask((room) => room.playerPosition(playbackId))
      await commit(this.#host, { type: 'playbackState', playbackId, state, positionMs }, asker, {
        lasting: true,
      })
    })
  }

  seek(task: Extract<MediaTask, { do: 'seek' }>, asker: Asker | null): Promise<void> {
    const { playbackId, durationMs, relative } = task
    return inOrder(this.#queues.get(playbackId), 'playback', async () => {
      const from = relative ? (await this.#ask((room) => room.playerPosition(playbackId))).positionMs : 0
      const wantedMs = Math.min(Math.max(from + task.positionMs, 0), durationMs ?? Infinity)
      const { positionMs } = await this.#ask((room) => room.seekPlayer(playbackId, wantedMs))
      const moved = { type: 'playbackMoved', playbackId, positionMs, tell: true } as const
      await commit(this.#host, moved, asker, { lasting: true })
    })
  }

  /** Has the room know where every playback is. */
  async refreshPositions(): Promise<void> {
    const playing = this.#running().filter(({ state }) => state === 'playing')
    await Promise.all(
      playing.map(async ({ id: playbackId }) => {
        try {
          const { positionMs } = await this.#ask((room) => room.playerPosition(playbackId), positionTimeoutMs)
          this.#host.report({ type: 'playbackMoved', playbackId, positionMs, tell: false })
        } catch (error) {
          // Then the room goes by the clock.
          if (!(error instanceof RoomError)) throw error
        }
      }),
    )
  }

  /** The room has stopped it. */
  close(playbackId: PlaybackId): void {
    this.#queues.delete(playbackId)
    this.#host.media.apply({ kind: 'media.closePlayer', playbackId })
  }

  onEvent(event: PlayerEvent): void {
    const { sourceId: playbackId, positionMs } = event
    const opening = this.#opening.get(playbackId)
    if (event.type === 'player.ended') {
      if (opening !== undefined) opening.over = event.error ?? 'It was over at once'
      this.#ended(playbackId, positionMs, event.error)
    } else if (opening === undefined) {
      this.#host.report({ type: 'playbackState', playbackId, state: event.state, positionMs })
    }
  }

  onMediaLost(): void {
    for (const { id, position, seekable } of this.#running()) {
      const positionMs = seekable ? position : 0
      if (!this.#lost.has(id)) this.#lost.set(id, { positionMs, isReopening: false })
    }
  }

  onMediaRebuilt(): void {
    for (const [playbackId, lost] of this.#lost) {
      if (lost.isReopening) continue
      lost.isReopening = true
      void this.#reopen(playbackId, lost.positionMs)
    }
  }

  async #openPlayer(
    playbackId: PlaybackId,
    request: Omit<PlayRequest, 'layout' | 'positions'>,
  ): Promise<PlayerInfo> {
    const { url, volumeDb, positionMs } = request
    let isLate = false
    const open = async (room: MediaRoom): Promise<PlayerInfo> => {
      const info = await room.openPlayer(playbackId, { url, volumeDb, positionMs })
      if (isLate) room.closePlayer(playbackId)
      return info
    }
    try {
      const late = `The URL did not open within ${mediaTaskTimeoutMs / 1000} s`
      return await this.#host.media.ask(open, mediaTaskTimeoutMs, late)
    } catch (error) {
      isLate = true
      throw error
    }
  }

  /** As it was before its media process died. */
  async #reopen(playbackId: PlaybackId, positionMs: number): Promise<void> {
    const { clock, logger } = this.#host
    let cause: unknown
    for (const delayMs of reopenDelaysMs) {
      if (delayMs > 0) await new Promise<void>((resolve) => clock.setTimeout(resolve, delayMs))
      const playback = this.#find(playbackId)
      if (playback === undefined) break
      const { url, volume: volumeDb, state } = playback
      try {
        await this.#openPlayer(playbackId, { url, volumeDb, positionMs })
        if (state === 'paused') await this.#ask((room) => room.pausePlayer(playbackId))
        this.#lost.delete(playbackId)
        // Unless it was stopped while it was opened.
        if (this.#find(playbackId) === undefined) this.close(playbackId)
        else this.#host.report({ type: 'playbackMoved', playbackId, positionMs, tell: true })
        return
      } catch (error) {
        cause = error
        logger.warn({ err: error, playbackId }, 'A playback was not opened again')
      }
    }
    this.#lost.delete(playbackId)
    this.close(playbackId)
    this.#ended(playbackId, null, cause instanceof RoomError ? cause.message : mediaDiedMessage)
  }

  #ended(playbackId: PlaybackId, positionMs: number | null, error: string | null): void {
    this.#queues.delete(playbackId)
    this.#host.report({ type: 'playbackEnded', playbackId, positionMs, error })
  }

  #ask<T>(request: (room: MediaRoom) => Promise<T>, timeoutMs = mediaTaskTimeoutMs): Promise<T> {
    return this.#host.media.ask(request, timeoutMs, 'The playback did not follow in time')
  }

  #running(): VideoPlayback[] {
    const { playbacks } = this.#host.core.objects(this.#host.clock.nowMs())
    return playbacks.filter(({ state }) => state !== 'completed')
  }

  #find(playbackId: PlaybackId): VideoPlayback | undefined {
    return this.#running().find(({ id }) => id === playbackId)
  }
}
