import { AudioClock } from './audio/index.ts'
import type { FromMediaProcess, MediaCommands, MediaMethod, MediaRequest } from './ipc.ts'
import { MediaError } from './MediaError.ts'
import { epochMs } from './room/monotonic.ts'
import { RoomMedia } from './room/RoomMedia.ts'
import { checkRtcPort, RelayPort, shutdownTransport } from './transport/index.ts'
import type { MediaProcessConfig } from './types.ts'

const tickFailureLogIntervalMs = 5000

type Handlers = {
  [M in MediaMethod]: (
    params: MediaCommands[M]['params'],
  ) => MediaCommands[M]['result'] | Promise<MediaCommands[M]['result']>
}

/** Everything inside one media process: its rooms, their one audio clock, and the commands of the server. */
export class MediaProcess {
  readonly #send: (message: FromMediaProcess) => void
  readonly #onStopped: () => void
  readonly #rooms = new Map<string, RoomMedia>()
  readonly #clock = new AudioClock({ now: epochMs, onError: (error) => this.#tickFailed(error) })
  #tickFailureLoggedAtMs = -Infinity
  #config: MediaProcessConfig | undefined
  #relayPort: RelayPort | undefined
  #stopped = false

  /**
   * @param send Takes a message to the server.
   * @param onStopped Called once everything is closed and the process may end.
   */
  constructor(send: (message: FromMediaProcess) => void, onStopped: () => void) {
    this.#send = send
    this.#onStopped = onStopped
    this.#clock.start()
  }

  readonly #handlers: Handlers = {
    start: async ({ config }) => {
      // The native library aborts the process over a port that is taken; this says so.
      await checkRtcPort(config.rtcPort, config.rtcHost)
      this.#config = config
      if (config.relayPort !== undefined) await this.#openRelayPort(config, config.relayPort)
      return { pid: process.pid }
    },
    ping: () => null,
    'room.create': async ({ roomId, options }) => {
      if (this.#config === undefined)
        throw new MediaError('internal', 'The media process was not started yet')
      if (this.#rooms.has(roomId)) {
        throw new MediaError('room_exists', `Room ${roomId} exists already in this media process`)
      }
      const room = await RoomMedia.create({
        roomId,
        options,
        config: this.#config,
        relayPort: this.#relayPort,
        clock: this.#clock,
        onEvent: (event) => this.#send({ kind: 'event', roomId, event }),
        log: (level, message, fields) =>
          this.#send({ kind: 'log', level, message, fields: { roomId, ...fields } }),
      })
      this.#rooms.set(roomId, room)
      return null
    },
    'room.close': async ({ roomId }) => {
      const room = this.#rooms.get(roomId)
      this.#rooms.delete(roomId)
      await room?.close()
      return null
    },
    'room.stats': ({ roomId }) => this.#room(roomId).stats(),
    'room.setScene': ({ roomId, scene }) => {
      this.#room(roomId).setScene(scene)
      return null
    },
    'room.playTone': ({ roomId, tone }) => {
      this.#room(roomId).playTone(tone)
      return null
    },
    'leg.answer': ({ roomId, legId, offerSdp, options }) =>
      this.#room(roomId).answer(legId, offerSdp, options),
    'leg.close': ({ roomId, legId }) => {
      this.#room(roomId).closeLeg(legId)
      return null
    },
    'leg.setListener': ({ roomId, legId, settings }) => {
      this.#room(roomId).setListener(legId, settings)
      return null
    },
    'source.set': ({ roomId, sourceId, settings }) => {
      this.#room(roomId).setSource(sourceId, settings)
      return null
    },
    'source.remove': ({ roomId, sourceId }) => {
      this.#room(roomId).removeSource(sourceId)
      return null
    },
    'output.start': async ({ roomId, outputId, target }) => {
      await this.#room(roomId).outputs.start(outputId, target)
      return null
    },
    'output.pause': ({ roomId, outputId }) => {
      this.#room(roomId).outputs.pause(outputId)
      return null
    },
    'output.resume': ({ roomId, outputId }) => {
      this.#room(roomId).outputs.resume(outputId)
      return null
    },
    'output.stop': ({ roomId, outputId }) => {
      this.#room(roomId).outputs.stop(outputId)
      return null
    },
    'player.open': ({ roomId, sourceId, options }) => this.#room(roomId).players.open(sourceId, options),
    'player.pause': ({ roomId, sourceId }) => this.#room(roomId).players.pause(sourceId),
    'player.resume': ({ roomId, sourceId }) => this.#room(roomId).players.resume(sourceId),
    'player.seek': ({ roomId, sourceId, positionMs }) =>
      this.#room(roomId).players.seek(sourceId, positionMs),
    'player.setVolume': ({ roomId, sourceId, volumeDb }) => {
      this.#room(roomId).players.setVolume(sourceId, volumeDb)
      return null
    },
    'player.position': ({ roomId, sourceId }) => this.#room(roomId).players.position(sourceId),
    'player.close': ({ roomId, sourceId }) => {
      this.#room(roomId).players.close(sourceId)
      return null
    },
    stop: async () => {
      await this.stop()
      return null
    },
  }

  /** Carries out one command and replies; a refusal is a reply too. Never rejects. */
  async handle(request: MediaRequest): Promise<void> {
    try {
      const handler = this.#handlers[request.method] as (params: unknown) => unknown
      const result = await handler(request.params)
      this.#send({ kind: 'reply', id: request.id, ok: true, result })
    } catch (error) {
      const code = error instanceof MediaError ? error.code : 'internal'
      const message = error instanceof Error ? error.message : String(error)
      this.#send({ kind: 'reply', id: request.id, ok: false, error: { code, message } })
    }
    if (request.method === 'stop') this.#onStopped()
  }

  /** Closes every room and the transport. May be called twice. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    const rooms = [...this.#rooms.values()]
    this.#rooms.clear()
    await Promise.allSettled(rooms.map((room) => room.close()))
    this.#clock.stop()
    await shutdownTransport()
    await this.#relayPort?.close()
  }

  /** Without this port only those browsers fail that need it: no reason to have no media at all. */
  async #openRelayPort({ rtcHost, rtcPort }: MediaProcessConfig, port: number): Promise<void> {
    try {
      this.#relayPort = await RelayPort.open({
        port,
        rtcPort,
        ...(rtcHost !== undefined && { host: rtcHost }),
      })
    } catch (error) {
      const message = 'Some browsers behind a TURN relay will not connect: their port cannot be opened'
      const shown = error instanceof Error ? error.message : String(error)
      this.#send({ kind: 'log', level: 'error', message, fields: { error: shown } })
    }
  }

  /** One room's fault must not silence the others; fifty lines a second would not help anybody. */
  #tickFailed(error: unknown): void {
    const nowMs = epochMs()
    if (nowMs - this.#tickFailureLoggedAtMs < tickFailureLogIntervalMs) return
    this.#tickFailureLoggedAtMs = nowMs
    const shown = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#send({ kind: 'log', level: 'error', message: 'A tick of a room failed', fields: { error: shown } })
  }

  #room(roomId: string): RoomMedia {
    const room = this.#rooms.get(roomId)
    if (room === undefined) throw new MediaError('room_not_found', `No room ${roomId} in this media process`)
    return room
  }
}
