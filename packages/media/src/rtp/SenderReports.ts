import { buildSenderReport } from './rtcp/build.ts'
import { ntpFromEpochMs, roundTripTimeMs } from './rtcp/ntp.ts'
import type { ReportBlock } from './rtcp/types.ts'
import type { SentCounts } from './SendStream.ts'

/** Counts what one receiver was sent; the shared stream's own counts began before it joined. */
export class SentCounter implements SentCounts {
  packetCount = 0
  octetCount = 0

  add(packets: number, octets: number): void {
    this.packetCount += packets
    this.octetCount += octets
  }
}

/** The sender reports about one stream towards one receiver (RFC 3550 6.4.1). */
export class SenderReports {
  readonly #ssrc: number
  readonly #cname: string
  readonly #counts: SentCounts

  /** Streams that play in sync (a leg's sound and picture) share their `cname`. */
  constructor(ssrc: number, cname: string, counts: SentCounts) {
    this.#ssrc = ssrc
    this.#cname = cname
    this.#counts = counts
  }

  /**
   * SR and SDES. `rtpTimestamp` is what the stream's RTP clock shows at `epochMs` (Unix time), not that of
   * the last packet: the browser lines up sound and picture by these pairs.
   */
  build(epochMs: number, rtpTimestamp: number, blocks: readonly ReportBlock[] = []): Buffer {
    const report = {
      ssrc: this.#ssrc,
      ntp: ntpFromEpochMs(epochMs),
      rtpTimestamp,
      packetCount: this.#counts.packetCount,
      octetCount: this.#counts.octetCount,
    }
    return buildSenderReport(report, this.#cname, blocks)
  }

  /** From a block about our stream that arrived at `epochMs`; undefined when it answers no report of ours. */
  roundTripTimeMs(block: ReportBlock, epochMs: number): number | undefined {
    return block.ssrc === this.#ssrc ? roundTripTimeMs(block, epochMs) : undefined
  }
}

/** The RTP timestamp at `epochMs`, from a moment for which it is known; wraps at 2^32. */
export function rtpTimestampAt(
  epochMs: number,
  known: { epochMs: number; rtpTimestamp: number },
  clockRate: number,
): number {
  return (known.rtpTimestamp + Math.round(((epochMs - known.epochMs) * clockRate) / 1000)) >>> 0
}
