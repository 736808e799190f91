import { RoomSessionError, toRoomSessionError } from '../errors.ts'
import type { MediaKind } from '../media/kinds.ts'
import { TypedEmitter } from '../TypedEmitter.ts'
import { recordServerErrors } from './diagnosis.ts'
import { candidatesGathered } from './gathering.ts'
import { renewsDtls, withoutLocalNames } from './sdp.ts'

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'
/** A kind that is absent has no media section. */
export type Directions = Partial<Record<MediaKind, Direction>>

export const sends = (direction: string | null | undefined) =>
  direction === 'sendrecv' || direction === 'sendonly'

export type PeerOptions = {
  iceServers: RTCIceServer[]
  /** A kind that is absent gets no media section. */
  directions: Directions
  localStream: MediaStream
  /** The track to send at first, by kind; null or absent: none for now. */
  tracks: Partial<Record<MediaKind, MediaStreamTrack | null>>
}

export type PeerEvents = {
  state: [state: RTCPeerConnectionState]
  track: [event: RTCTrackEvent]
}

/** One `RTCPeerConnection`: offers with all candidates inside, answers, senders and what is received. */
export class Peer extends TypedEmitter<PeerEvents> {
  /** Everything received over this connection. */
  readonly remoteStream = new MediaStream()
  readonly connection: RTCPeerConnection
  readonly #transceivers = new Map<MediaKind, RTCRtpTransceiver>()
  readonly #localStream: MediaStream

  constructor(options: PeerOptions) {
    super()
    this.#localStream = options.localStream
    this.connection = new RTCPeerConnection({
      iceServers: options.iceServers,
      // The server answers without BUNDLE: each section has candidates of its own.
      bundlePolicy: 'max-compat',
      // With a pool, the first ICE restart of Chromium gathers nothing.
      iceCandidatePoolSize: 0,
    })
    recordServerErrors(this.connection)
    // Audio first, always: the server takes the sections in this order.
    for (const kind of ['audio', 'video'] as const) {
      const direction = options.directions[kind]
      if (direction) this.#addTransceiver(kind, direction, options.tracks[kind] ?? null)
    }
    this.connection.onconnectionstatechange = () => this.emit('state', this.connection.connectionState)
    this.connection.ontrack = (event) => {
      this.remoteStream.addTrack(event.track)
      this.emit('track', event)
    }
  }

  get state(): RTCPeerConnectionState {
    return this.connection.connectionState
  }

  /** False once it is clear that this browser has no address at all, e.g. as its TURN servers refuse it. */
  get mayBeReached(): boolean {
    if (this.connection.iceGatheringState !== 'complete') return true
    return /^a=candidate:/m.test(this.connection.localDescription?.sdp ?? '')
  }

  /** Whether the media of the server can be had again over this connection. */
  get canRestartIce(): boolean {
    return renewsDtls(this.connection.localDescription?.sdp ?? '')
  }

  /** An offer with its candidates. With `iceRestart`, for new ICE credentials (RFC 8839 section 4.4.3). */
  async createOffer(options: { iceRestart?: boolean } = {}): Promise<string> {
    try {
      const offer = await this.connection.createOffer({ iceRestart: options.iceRestart ?? false })
      await this.connection.setLocalDescription(offer)
      await candidatesGathered(this.connection)
    } catch (error) {
      throw toRoomSessionError(error, 'negotiation_failed', 'The browser could not make an offer.')
    }
    return withoutLocalNames(this.connection.localDescription?.sdp ?? '')
  }

  async applyAnswer(sdp: string): Promise<void> {
    try {
      await this.connection.setRemoteDescription({ type: 'answer', sdp })
    } catch (error) {
      throw toRoomSessionError(error, 'negotiation_failed', 'The browser refused the answer of the server.')
    }
  }

  sender(kind: MediaKind): RTCRtpSender | undefined {
    const transceiver = this.#transceivers.get(kind)
    return transceiver && sends(transceiver.direction) ? transceiver.sender : undefined
  }

  /** Sends `track` instead of the present one; null sends nothing. No renegotiation. */
  async replaceTrack(kind: MediaKind, track: MediaStreamTrack | null): Promise<void> {
    await this.#transceivers.get(kind)?.sender.replaceTrack(track)
  }

  /** Makes the next offer one with this direction. False if nothing has to be negotiated. */
  setDirection(kind: MediaKind, direction: Direction, track: MediaStreamTrack | null): boolean {
    const transceiver = this.#transceivers.get(kind)
    if (!transceiver) {
      if (direction === 'inactive') return false
      this.#addTransceiver(kind, direction, track)
      return true
    }
    if (transceiver.direction === direction) return false
    transceiver.direction = direction
    if (sends(direction)) transceiver.sender.setStreams?.(this.#localStream)
    return true
  }

  /** The direction agreed upon; undefined before that, and for a kind without a section. */
  agreedDirection(kind: MediaKind): string | undefined {
    return this.#transceivers.get(kind)?.currentDirection ?? undefined
  }

  /** Takes back an offer that was not answered, with the directions that held before. */
  async rollBack(directions: Directions): Promise<void> {
    for (const [kind, transceiver] of this.#transceivers) {
      const direction = directions[kind]
      if (direction) transceiver.direction = direction
      else {
        this.#transceivers.delete(kind)
        transceiver.stop()
      }
    }
    if (this.connection.signalingState !== 'have-local-offer') return
    await this.connection.setLocalDescription({ type: 'rollback' })
  }

  /** Resolves when media flows; rejects if that fails, takes longer than `timeoutMs`, or `signal` fires. */
  whenConnected(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: RoomSessionError) => {
        clearTimeout(timer)
        this.off('state', check)
        signal.removeEventListener('abort', onAbort)
        if (error) reject(error)
        else resolve()
      }
      const check = () => {
        if (this.state === 'connected') settle()
        else if (this.state === 'failed' || this.state === 'closed') {
          settle(new RoomSessionError('negotiation_failed', 'The media connection could not be made.'))
        }
      }
      const onAbort = () =>
        settle(new RoomSessionError('aborted', 'The media connection is no longer wanted.'))
      const timer = setTimeout(() => {
        settle(
          new RoomSessionError('negotiation_failed', `No media connection within ${timeoutMs / 1000} s.`),
        )
      }, timeoutMs)
      this.on('state', check)
      signal.addEventListener('abort', onAbort)
      // A connection that is being restarted may still be `failed`: only a change to it counts.
      if (signal.aborted) onAbort()
      else if (this.state === 'connected') settle()
    })
  }

  close(): void {
    this.removeAllListeners()
    this.connection.onconnectionstatechange = this.connection.ontrack = null
    this.connection.close()
  }

  #addTransceiver(
    kind: MediaKind,
    direction: RTCRtpTransceiverDirection,
    track: MediaStreamTrack | null,
  ): void {
    const init = { direction, streams: [this.#localStream] }
    const isSent = sends(direction)
    const transceiver = this.connection.addTransceiver(
      isSent && track ? track : kind,
      isSent ? init : { direction },
    )
    this.#transceivers.set(kind, transceiver)
  }
}
