import { cleanupNative } from './nativePeer.ts'

export { LegTransport } from './LegTransport.ts'
export { createOfferer, offererPayloadTypes } from './offerer.ts'
export type { Offerer, OffererEvents, OffererOptions, OffererSection } from './offerer.ts'
export { RelayPort } from './RelayPort.ts'
export type { RelayPortOptions } from './RelayPort.ts'
export { checkRtcPort } from './rtcPort.ts'
export type {
  LegTransportEvents,
  LegTransportOptions,
  MediaCodec,
  MediaDirection,
  MediaKind,
  NegotiatedSection,
} from './types.ts'

/**
 * Closes every connection of the process and ends the native library's threads; without it the process never
 * exits. To be called once, at the end.
 */
export function shutdownTransport(): Promise<void> {
  return new Promise((resolve) => {
    cleanupNative()
    resolve()
  })
}
