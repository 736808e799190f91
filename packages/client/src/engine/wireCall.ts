import type { RoomLeftEvent } from '../events.ts'
import type { RoomSessionError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { mediaKinds } from '../media/kinds.ts'
import type { LocalMedia } from '../media/LocalMedia.ts'
import { callEnded } from '../rtc/CallLeg.ts'
import type { Call } from './Call.ts'
import { forwardMediaEvents } from './forwardEvents.ts'

export type CallHost = {
  readonly localMedia: LocalMedia
  readonly logger: Logger
  /** Whether the call is the one that counts; another one may take its place. */
  isPresent(call: Call): boolean
  /** Fires an event of the room object. */
  emit(name: string, ...args: unknown[]): void
  /** Shows what the call receives. */
  show(call: Call): void
  /** The call was negotiated anew: what its senders were set to is void. */
  onNegotiated(): void
  /** The present call is over, and the room with it. */
  onEnded(event: RoomLeftEvent, error?: RoomSessionError): void
}

/** Has a room act on what one of its calls reports. */
export function wireCall(call: Call, host: CallHost): void {
  const { leg, media } = call
  leg.on('bye', (end) => {
    if (host.isPresent(call)) host.onEnded(end, callEnded(end))
  })
  leg.on('mediaParams', (params) => {
    for (const kind of mediaKinds) {
      const constraints = params[kind]
      if (constraints) host.localMedia.applyConstraints(kind, constraints).catch(() => undefined)
    }
  })
  media.on('remoteStream', () => {
    if (host.isPresent(call)) host.show(call)
  })
  media.on('negotiated', () => host.onNegotiated())
  media.on('track', (event) => host.emit('track', event))
  forwardMediaEvents(media, (name, ...args) => {
    if (host.isPresent(call)) host.emit(name, ...args)
  })
  media.on('failed', ({ message }) => {
    host.logger.error(message)
    if (host.isPresent(call)) host.onEnded({ reason: 'RECONNECTION_ATTEMPT_TIMEOUT', message })
  })
}
