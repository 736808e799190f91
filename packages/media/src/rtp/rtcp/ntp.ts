/** Seconds from the NTP epoch (1900) to the Unix epoch (1970). */
const ntpUnixOffsetSeconds = 2_208_988_800

/** 64-bit NTP time as its two halves (RFC 3550 4). */
export type NtpTime = { seconds: number; fraction: number }

export function ntpFromEpochMs(epochMs: number): NtpTime {
  const wholeSeconds = Math.floor(epochMs / 1000)
  const fraction = Math.floor(((epochMs - wholeSeconds * 1000) / 1000) * 2 ** 32)
  return { seconds: (wholeSeconds + ntpUnixOffsetSeconds) >>> 0, fraction: fraction >>> 0 }
}

/** The middle 32 bits of an NTP time: units of 1/65536 s, wraps every 18 hours. */
export function compactNtp(ntp: NtpTime): number {
  return (((ntp.seconds & 0xffff) << 16) | (ntp.fraction >>> 16)) >>> 0
}

/**
 * Round trip time from a report block about a stream of ours (RFC 3550 6.4.1). `epochMs` is when the report
 * arrived, on the clock the sender report was stamped with. Undefined when the other side has not seen a
 * sender report yet, or when its numbers make no sense.
 */
export function roundTripTimeMs(
  report: { lastSenderReport: number; delaySinceLastSenderReport: number },
  epochMs: number,
): number | undefined {
  if (report.lastSenderReport === 0) return undefined
  const now = compactNtp(ntpFromEpochMs(epochMs))
  const ms = ((now - report.lastSenderReport - report.delaySinceLastSenderReport) | 0) / 65.536
  // Rounding of both clocks may make a short trip come out just below zero.
  if (ms < -100 || ms > 60_000) return undefined
  return Math.max(0, ms)
}
