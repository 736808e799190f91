import { mediaKinds, type MediaKind } from '../media/kinds.ts'

export type ReceivedPackets = { audio?: number; video?: number }

/** Packets received so far, by kind; kinds that never came are absent. */
export async function readReceivedPackets(connection: RTCPeerConnection): Promise<ReceivedPackets> {
  const counts: ReceivedPackets = {}
  const report = await connection.getStats()
  report.forEach((entry: RTCInboundRtpStreamStats) => {
    if (entry.type !== 'inbound-rtp' || (entry.kind !== 'audio' && entry.kind !== 'video')) return
    counts[entry.kind] = (counts[entry.kind] ?? 0) + (entry.packetsReceived ?? 0)
  })
  return counts
}

/** Checks without a single new packet until media counts as stalled. */
const checksUntilStalled = 4

/**
 * Decides from packet counts whether media has stopped: every kind that was ever received has stood still
 * for several checks. One kind alone may pause (a muted room, a still picture).
 */
export class StallDetector {
  #last: ReceivedPackets = {}
  #idleChecks = 0

  /** True once per stall. */
  isStalled(now: ReceivedPackets): boolean {
    const last = this.#last
    this.#last = now
    const kinds = (['audio', 'video'] as const).filter((kind) => (now[kind] ?? 0) > 0)
    const moved = kinds.some((kind) => now[kind] !== last[kind])
    this.#idleChecks = kinds.length === 0 || moved ? 0 : this.#idleChecks + 1
    if (this.#idleChecks < checksUntilStalled) return false
    this.#idleChecks = 0
    return true
  }
}

/** Looks at the received packets of a connection every `intervalMs` and reports a stall. */
export class MediaWatch {
  readonly #timer: ReturnType<typeof setInterval>

  constructor(
    connection: RTCPeerConnection,
    isReceived: (kind: MediaKind) => boolean,
    onStalled: () => void,
    intervalMs = 1_000,
  ) {
    const detector = new StallDetector()
    this.#timer = setInterval(() => {
      if (connection.connectionState !== 'connected') return
      readReceivedPackets(connection).then(
        (counts) => {
          // What is not to be received any more has not stalled.
          for (const kind of mediaKinds) if (!isReceived(kind)) delete counts[kind]
          if (detector.isStalled(counts)) onStalled()
        },
        () => undefined, // The connection was closed meanwhile.
      )
    }, intervalMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
