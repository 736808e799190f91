import nd from 'node-datachannel'
import type { PeerConnection, RtcConfig, Track } from 'node-datachannel'

/**
 * Wrappers of native peers and tracks that are not dead yet. A wrapper that is collected closes the native
 * object behind it, and one collected before its "closed" event leaves a dangling pointer for `cleanup()`;
 * so each stays here until both its events have come.
 */
const living = new Set<NativePeer>()

/** Peers whose native side is not fully closed yet; 0 once everything is closed. */
export function livingPeerCount(): number {
  return living.size
}

export interface NativePeerEvents {
  /** ICE and DTLS are done and the track takes packets. Once. */
  onOpen(): void
  onPacket(packet: Buffer): void
  /** The remote end went away, or ICE or DTLS failed. Once; never after `close()`. */
  onDead(): void
  /** The native side is fully closed. Once, after `close()` or `onDead`. */
  onGone?(): void
}

const gatheringTimeoutMs = 5000

/** An exception that left a native callback would abort the process without a word. */
function guarded(run: () => void): void {
  try {
    run()
  } catch (error) {
    throwLater(error)
  }
}

/** Where `uncaughtException` handlers and stack traces work. */
function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}

/** One native PeerConnection with exactly one media track: one ICE and DTLS-SRTP transport. */
export class NativePeer {
  readonly #pc: PeerConnection
  readonly #events: NativePeerEvents
  #track: Track | undefined
  #open = false
  #ended = false
  #pcGone = false
  #trackGone = true
  #stopWaiting: (() => void) | undefined

  constructor(
    name: string,
    config: Omit<RtcConfig, 'iceServers' | 'disableAutoNegotiation'>,
    events: NativePeerEvents,
  ) {
    this.#events = events
    this.#pc = new nd.PeerConnection(name, { iceServers: [], disableAutoNegotiation: true, ...config })
    living.add(this)
    this.#pc.onStateChange((state) => guarded(() => this.#onState(state)))
  }

  /** ICE and DTLS are up and nothing has ended them. */
  get isOpen(): boolean {
    return this.#open && !this.#ended
  }

  /** Closed by us or by the other end. */
  get isEnded(): boolean {
    return this.#ended
  }

  addTrack(media: Parameters<PeerConnection['addTrack']>[0]): void {
    const track = this.#pc.addTrack(media)
    this.#track = track
    this.#trackGone = false
    track.onOpen(() => guarded(() => this.#onTrackOpen()))
    track.onClosed(() =>
      guarded(() => {
        this.#trackGone = true
        // Frees the wrapper's callbacks now rather than when it is collected; they would hold the event loop.
        track.close()
        this.#release()
      }),
    )
    track.onMessage((packet) => {
      if (this.#ended) return
      // As in `guarded`, without a closure for every packet.
      try {
        this.#events.onPacket(packet)
      } catch (error) {
        throwLater(error)
      }
    })
  }

  setRemoteDescription(sdp: string, type: 'offer' | 'answer'): void {
    this.#pc.setRemoteDescription(sdp, type)
  }

  /**
   * Makes the local description and waits until its candidates are gathered.
   *
   * Own credentials are longer than the 4 characters of the native default, which could collide among the
   * many connections of one port.
   *
   * @returns the local SDP, or undefined when the peer ended or gathered nothing for 5 s.
   */
  async gatherLocalDescription(
    type: 'offer' | 'answer',
    credentials: { iceUfrag: string; icePwd: string },
  ): Promise<string | undefined> {
    const gathered = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, gatheringTimeoutMs)
      this.#stopWaiting = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#pc.onGatheringStateChange((state) => {
      if (state === 'complete') this.#stopWaiting?.()
    })
    this.#pc.setLocalDescription(type, credentials)
    await gathered
    this.#stopWaiting = undefined
    if (this.#ended || this.#pc.gatheringState() !== 'complete') return undefined
    return this.#pc.localDescription()?.sdp
  }

  /** False when not open; never throws. The packet is copied before this returns. */
  send(packet: Buffer): boolean {
    if (!this.#open || this.#ended || this.#track === undefined) return false
    try {
      return this.#track.sendMessageBinary(packet)
    } catch {
      // The native side closed between two events.
      return false
    }
  }

  close(): void {
    if (!this.#ended) this.#end()
    this.#pc.close()
  }

  #end(): void {
    this.#ended = true
    this.#open = false
    this.#stopWaiting?.()
  }

  #onTrackOpen(): void {
    if (this.#ended || this.#open) return
    this.#open = true
    this.#events.onOpen()
  }

  #onState(state: string): void {
    if (state === 'closed') {
      this.#pcGone = true
      this.#release()
    }
    // The native library never recovers from these: it closes the peer by itself.
    if (this.#ended || !(state === 'disconnected' || state === 'failed' || state === 'closed')) return
    this.#end()
    this.#events.onDead()
    this.#pc.close()
  }

  #release(): void {
    if (!this.#pcGone || !this.#trackGone) return
    living.delete(this)
    this.#events.onGone?.()
  }
}

/** Ends the native library's threads; without it the process never exits. Closes what is still open. */
export function cleanupNative(): void {
  nd.cleanup()
  living.clear()
}
