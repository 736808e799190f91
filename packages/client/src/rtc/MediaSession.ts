import { isRoomSessionError, RoomSessionError, toRoomSessionError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { LocalMedia } from '../media/LocalMedia.ts'
import type { MediaKind } from '../media/kinds.ts'
import type { SignalClient } from '../signalling/SignalClient.ts'
import { TypedEmitter } from '../TypedEmitter.ts'
import type { CallLeg } from './CallLeg.ts'
import { MediaWatch } from './MediaWatch.ts'
import { Peer, type Directions } from './Peer.ts'

export type MediaSessionOptions = {
  signal: SignalClient
  leg: CallLeg
  localMedia: LocalMedia
  iceServers: () => RTCIceServer[]
  logger: Logger
}

export type MediaSessionEvents = {
  connected: []
  reconnecting: []
  disconnected: []
  /** What is received comes in a new stream from now on. */
  remoteStream: [stream: MediaStream]
  track: [event: RTCTrackEvent]
  /** A peer connection was made or negotiated anew: sender parameters must be set again. */
  negotiated: []
  /** Media could not be restored. */
  failed: [error: RoomSessionError]
}

/** How long a connection may be `disconnected` before it is restored: such gaps often close by themselves. */
const disconnectedGraceMs = 3_000
/** How long one attempt to restore media may take after the answer. */
const connectTimeoutMs = 8_000
/** How long media is tried to be restored before the room is given up. */
const recoveryLimitMs = 60_000

type Recovery = { rebuild: boolean; attempt: AbortController }

/**
 * The media of one call: makes the peer connection, notices when it fails, and restores it, first by an
 * ICE restart, then by a new peer connection; the room and its state are not touched by any of this.
 */
export class MediaSession extends TypedEmitter<MediaSessionEvents> {
  readonly #options: MediaSessionOptions
  readonly #abort = new AbortController()
  #peer: Peer | undefined
  #watch: MediaWatch | undefined
  #graceTimer: ReturnType<typeof setTimeout> | undefined
  #recovery: Recovery | undefined
  #started = false
  #directions: Directions = {}
  #negotiations: Promise<unknown> = Promise.resolve()

  constructor(options: MediaSessionOptions) {
    super()
    this.#options = options
    options.leg.on('attach', () => this.#recover({ rebuild: true }))
    options.signal.on('reconnected', this.#onSignalReconnected)
  }

  get peer(): Peer | undefined {
    return this.#peer
  }

  /** Invites; resolves when the answer is applied. Media flows a moment later, see `connected`. */
  async start(directions: Directions): Promise<void> {
    this.#directions = { ...directions }
    const peer = this.#createPeer()
    this.#adopt(peer)
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#invite(peer, attempt > 1)
        break
      } catch (error) {
        // The server may have seen the invite or not; the same call id makes it safe to repeat.
        if (attempt === 3 || !isRoomSessionError(error, 'connection_lost')) throw error
        await this.#options.signal.whenOpen(recoveryLimitMs)
      }
    }
    this.#started = true
    this.emit('remoteStream', peer.remoteStream)
  }

  /** Starts to send a kind that was not sent before; resolves when the server has agreed. */
  async enableSending(kind: MediaKind, track: MediaStreamTrack | null): Promise<void> {
    await this.#exclusive(async () => {
      const peer = this.#peer
      if (!peer) return
      const changed = peer.enableSending(kind, track)
      await peer.replaceTrack(kind, track)
      if (!changed) return
      this.#directions[kind] = 'sendrecv'
      await peer.applyAnswer(await this.#options.leg.modify(await peer.createOffer()))
      this.emit('negotiated')
    })
  }

  close(): void {
    this.#abort.abort()
    this.#recovery?.attempt.abort()
    clearTimeout(this.#graceTimer)
    this.#watch?.stop()
    this.#options.signal.off('reconnected', this.#onSignalReconnected)
    this.#peer?.close()
    this.#peer = undefined
    this.removeAllListeners()
  }

  #createPeer(): Peer {
    const { iceServers, localMedia } = this.#options
    const directions = this.#directions
    const tracks = { audio: localMedia.sentTrack('audio'), video: localMedia.sentTrack('video') }
    const peer = new Peer({ iceServers: iceServers(), directions, localStream: localMedia.stream, tracks })
    peer.on('track', (event) => this.emit('track', event))
    return peer
  }

  /** Makes `peer` the one that counts. */
  #adopt(peer: Peer): void {
    this.#peer?.close()
    this.#watch?.stop()
    this.#peer = peer
    peer.on('state', (state) => this.#onState(state))
    this.#watch = new MediaWatch(peer.connection, () => {
      this.#options.logger.warn('No media packets arrive.')
      // ICE is fine, so the other end has lost the media: an ICE restart would not bring it back.
      this.#onBroken({ rebuild: true })
    })
  }

  async #invite(peer: Peer, iceRestart: boolean): Promise<void> {
    await this.#exclusive(async () => {
      const offer = await peer.createOffer({ iceRestart })
      await peer.applyAnswer(await this.#options.leg.invite(offer))
    })
    this.emit('negotiated')
  }

  /** One negotiation at a time. */
  #exclusive(negotiate: () => Promise<void>): Promise<void> {
    const turn = this.#negotiations.then(negotiate)
    this.#negotiations = turn.catch(() => undefined)
    return turn
  }

  #onState(state: RTCPeerConnectionState): void {
    this.#options.logger.debug(`media connection: ${state}`)
    clearTimeout(this.#graceTimer)
    if (this.#recovery) return // The recovery looks at the state itself.
    if (state === 'connected') this.emit('connected')
    else if (state === 'disconnected') {
      this.#graceTimer = setTimeout(() => this.#onBroken(), disconnectedGraceMs)
    } else if (state === 'failed') this.#onBroken()
  }

  #onBroken({ rebuild } = { rebuild: false }): void {
    if (this.#recovery || !this.#started) return
    this.emit('disconnected')
    this.#recover({ rebuild })
  }

  readonly #onSignalReconnected = (sameSession: boolean) => {
    if (!this.#started) return
    // A server that does not know the session does not know the call either.
    if (!sameSession) this.#recover({ rebuild: true })
    else if (this.#peer?.state === 'failed' || this.#peer?.state === 'disconnected') this.#onBroken()
  }

  #recover({ rebuild }: { rebuild: boolean }): void {
    if (this.#recovery) {
      if (!rebuild) return
      this.#recovery.rebuild = true
      // What is under way cannot succeed any more.
      this.#recovery.attempt.abort()
      this.#options.leg.cancelInvite()
      return
    }
    if (!this.#started || this.#abort.signal.aborted) return
    clearTimeout(this.#graceTimer)
    this.#recovery = { rebuild, attempt: new AbortController() }
    this.emit('reconnecting')
    void this.#runRecovery(this.#recovery)
  }

  async #runRecovery(recovery: Recovery): Promise<void> {
    const deadline = performance.now() + recoveryLimitMs
    for (let attempt = 0; !this.#abort.signal.aborted; attempt++) {
      recovery.attempt = new AbortController()
      try {
        await this.#options.signal.whenOpen(recoveryLimitMs)
        await this.#attemptRecovery(recovery, attempt)
        if (this.#abort.signal.aborted) return
        this.#recovery = undefined
        return this.emit('connected')
      } catch (error) {
        if (this.#abort.signal.aborted) return
        const failure = toRoomSessionError(error, 'negotiation_failed')
        if (isRefusal(failure) || performance.now() > deadline) {
          this.#recovery = undefined
          return this.emit('failed', failure)
        }
        if (recovery.attempt.signal.aborted) continue
        this.#options.logger.warn(`Media is not restored yet: ${failure.message}`)
        await delay(Math.min(500 * 2 ** attempt, 4_000), recovery.attempt.signal)
      }
    }
  }

  async #attemptRecovery(recovery: Recovery, attempt: number): Promise<void> {
    const { signal } = recovery.attempt
    // Only the first attempt trusts the old connection.
    if (!recovery.rebuild && attempt === 0 && this.#peer) {
      await abortable(this.#invite(this.#peer, true), signal)
      return this.#peer.whenConnected(connectTimeoutMs, signal)
    }
    recovery.rebuild = false
    const peer = this.#createPeer()
    try {
      await abortable(this.#invite(peer, false), signal)
      await peer.whenConnected(connectTimeoutMs, signal)
    } catch (error) {
      peer.close()
      throw error
    }
    this.#adopt(peer)
    this.emit('negotiated')
    this.emit('remoteStream', peer.remoteStream)
  }

  protected override onHandlerError(event: keyof MediaSessionEvents, error: unknown): void {
    this.#options.logger.error(`Handling "${event}" failed.`, error)
  }
}

/** Whether the server said no for good; its 5xx codes mean that it may work later. */
const isRefusal = (error: RoomSessionError) => /^[1-4]\d*$/.test(error.code)

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}

/** `promise`, or a rejection with `aborted` as soon as `signal` fires. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => reject(new RoomSessionError('aborted', 'A newer attempt took the place of this one.'))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
  return Promise.race([promise, aborted])
}
