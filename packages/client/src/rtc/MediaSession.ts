import { isRoomSessionError, RoomSessionError, toRoomSessionError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { mediaKinds, type MediaKind } from '../media/kinds.ts'
import type { LocalMedia } from '../media/LocalMedia.ts'
import type { SignalClient } from '../signalling/SignalClient.ts'
import { TypedEmitter } from '../TypedEmitter.ts'
import { abortable, delay } from './async.ts'
import type { CallLeg } from './CallLeg.ts'
import { diagnose } from './diagnosis.ts'
import { MediaWatch } from './MediaWatch.ts'
import { Peer, sends, type Directions } from './Peer.ts'

export type MediaSessionOptions = {
  signal: SignalClient
  leg: CallLeg
  localMedia: LocalMedia
  iceServers: () => RTCIceServer[]
  logger: Logger
  /** Awaited before the call is offered again to a server that does not know it. */
  ready?: () => Promise<void>
}

export type MediaSessionEvents = {
  connected: []
  reconnecting: []
  /** Media is interrupted; `reason` tells what was tried. */
  disconnected: [reason: string]
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
const recoveryLimitMs = 120_000
/** How long the first connection may take after the answer. */
const firstConnectionMs = 15_000

type RecoveryCause = {
  /** The present peer connection is beyond an ICE restart. */
  rebuild: boolean
  /** Media has stopped, which is to be told. */
  isLost?: boolean
  /** The server does not know the call any more. */
  isUnknown?: boolean
}
type Recovery = { rebuild: boolean; isUnknown: boolean; attempt: AbortController }

/**
 * The media of one call: makes the peer connection, notices when it fails, and restores it, first by an
 * ICE restart (not in Firefox), then by a new peer connection; the room and its state are not touched by any of this.
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

  /** What is sent and received, as far as it was agreed upon. */
  get directions(): Directions {
    return { ...this.#directions }
  }

  /** What the next peer connection sends and receives, after the server has changed what is allowed. */
  prepareDirections(directions: Directions): void {
    this.#directions = { ...directions }
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
    if (peer.state !== 'connected') {
      const graceMs = peer.mayBeReached ? firstConnectionMs : disconnectedGraceMs
      this.#graceTimer = setTimeout(() => this.#onBroken(), graceMs)
    }
    this.emit('remoteStream', peer.remoteStream)
  }

  /** Resolves when everything that is received has begun to come; rejects if that takes longer than `limitMs`. */
  async whenReceiving(limitMs: number): Promise<void> {
    const peer = this.#peer
    if (!peer) throw new RoomSessionError('aborted', 'The call has ended.')
    const deadline = performance.now() + limitMs
    await peer.whenConnected(limitMs, this.#abort.signal)
    // A received track is muted until its first packet (W3C WebRTC section 5.3).
    const waiting = () => peer.remoteStream.getTracks().some((track) => track.muted)
    while (waiting() && performance.now() < deadline && !this.#abort.signal.aborted) {
      await delay(20, this.#abort.signal)
    }
  }

  /**
   * Changes what is sent and received of the given kinds, and puts the present tracks into the senders;
   * resolves when the server has agreed. Rejects, with all as it was, if it does not.
   */
  async setDirections(wanted: Directions): Promise<void> {
    await this.#exclusive(async () => {
      const peer = this.#peer
      if (!peer) return
      const before = this.directions
      let changed = false
      for (const kind of mediaKinds) {
        const direction = wanted[kind]
        if (!direction) continue
        const track = sends(direction) ? this.#options.localMedia.sentTrack(kind) : null
        changed = peer.setDirection(kind, direction, track) || changed
        await peer.replaceTrack(kind, track)
      }
      if (!changed) return
      try {
        await peer.applyAnswer(await this.#options.leg.modify(await peer.createOffer()))
      } catch (error) {
        await peer.rollBack(before).catch(() => undefined)
        throw error
      }
      this.#directions = { ...before, ...wanted }
      this.emit('negotiated')
      for (const kind of mediaKinds) checkAgreed(kind, wanted[kind], peer.agreedDirection(kind))
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
    const isReceived = (kind: MediaKind) => peer.agreedDirection(kind)?.includes('recv') ?? false
    this.#watch = new MediaWatch(peer.connection, isReceived, () => {
      this.#options.logger.warn('No media packets arrive.')
      // ICE is fine, so the other end has lost the media: an ICE restart would not bring it back.
      this.#onBroken({ rebuild: true })
    })
  }

  async #invite(peer: Peer, iceRestart: boolean, signal?: AbortSignal): Promise<void> {
    await this.#exclusive(async () => {
      const offer = await peer.createOffer({ iceRestart })
      await peer.applyAnswer(await this.#options.leg.invite(offer))
    }, signal)
    this.emit('negotiated')
  }

  /**
   * One negotiation at a time. What a peer connection was asked for when it was closed never settles: then the
   * turn ends with `signal`, or nobody would have one after it.
   */
  #exclusive(negotiate: () => Promise<void>, signal = this.#abort.signal): Promise<void> {
    const turn = this.#negotiations.then(() => {
      return abortable(signal.aborted ? Promise.resolve() : negotiate(), signal)
    })
    this.#negotiations = turn.catch(() => undefined)
    return turn
  }

  #onState(state: RTCPeerConnectionState): void {
    this.#options.logger.debug(`media connection: ${state}`)
    if (state === 'connecting') return
    clearTimeout(this.#graceTimer)
    if (this.#recovery) return // The recovery looks at the state itself.
    if (state === 'connected') this.emit('connected')
    else if (state === 'disconnected') {
      this.#graceTimer = setTimeout(() => this.#onBroken(), disconnectedGraceMs)
    } else if (state === 'failed') this.#onBroken()
  }

  #onBroken({ rebuild } = { rebuild: false }): void {
    this.#recover({ rebuild, isLost: true })
  }

  readonly #onSignalReconnected = (sameSession: boolean) => {
    if (!this.#started) return
    // A server that does not know the session does not know the call either.
    if (!sameSession) this.#recover({ rebuild: true, isUnknown: true })
    else if (this.#peer?.state === 'failed' || this.#peer?.state === 'disconnected') this.#onBroken()
  }

  #recover({ rebuild, isLost = false, isUnknown = false }: RecoveryCause): void {
    if (this.#recovery) {
      this.#recovery.isUnknown ||= isUnknown
      if (!rebuild) return
      this.#recovery.rebuild = true
      // What is under way cannot succeed any more.
      this.#recovery.attempt.abort()
      this.#options.leg.cancelInvite()
      return
    }
    if (!this.#started || this.#abort.signal.aborted) return
    clearTimeout(this.#graceTimer)
    this.#recovery = { rebuild, isUnknown, attempt: new AbortController() }
    void this.#runRecovery(this.#recovery, isLost)
  }

  async #runRecovery(recovery: Recovery, isLost: boolean): Promise<void> {
    const broken = this.#peer?.connection
    if (isLost) {
      const reason = broken ? await diagnose(broken) : 'No media can pass.'
      if (this.#abort.signal.aborted) return
      this.#options.logger.warn(reason)
      this.emit('disconnected', reason)
    }
    this.emit('reconnecting')
    const deadline = performance.now() + recoveryLimitMs
    for (let attempt = 0; !this.#abort.signal.aborted; attempt++) {
      recovery.attempt = new AbortController()
      try {
        await this.#options.signal.whenOpen(recoveryLimitMs)
        if (recovery.isUnknown) await this.#options.ready?.()
        // What gave up the wait has not given up what comes after it.
        recovery.attempt = new AbortController()
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
    if (!recovery.rebuild && attempt === 0 && this.#peer?.canRestartIce) {
      await this.#invite(this.#peer, true, signal)
      return this.#whenConnected(this.#peer, signal)
    }
    recovery.rebuild = false
    const peer = this.#createPeer()
    try {
      await this.#invite(peer, false, signal)
      await this.#whenConnected(peer, signal)
    } catch (error) {
      peer.close()
      throw error
    }
    this.#adopt(peer)
    this.emit('negotiated')
    this.emit('remoteStream', peer.remoteStream)
  }

  /** Rejects with what was tried, unless the attempt was given up. */
  async #whenConnected(peer: Peer, signal: AbortSignal): Promise<void> {
    try {
      await peer.whenConnected(connectTimeoutMs, signal)
    } catch (error) {
      if (signal.aborted) throw error
      throw new RoomSessionError('negotiation_failed', await diagnose(peer.connection), { cause: error })
    }
  }

  protected override onHandlerError(event: keyof MediaSessionEvents, error: unknown): void {
    this.#options.logger.error(`Handling "${event}" failed.`, error)
  }
}

/** Throws if the server agreed to less than what was asked for. */
function checkAgreed(kind: string, wanted: string | undefined, agreed: string | undefined): void {
  if (!wanted || agreed === undefined || agreed === wanted) return
  const message = `The server agreed to "${agreed}" for ${kind} instead of "${wanted}".`
  throw new RoomSessionError('negotiation_failed', message)
}

/** Whether the server said no for good; its 5xx codes mean that it may work later. */
const isRefusal = (error: RoomSessionError) => /^[1-4]\d*$/.test(error.code)
