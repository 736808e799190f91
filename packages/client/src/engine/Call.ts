import type { Logger } from '../logger.ts'
import type { LocalMedia } from '../media/LocalMedia.ts'
import { CallLeg, type CallEnd, type DialogKind } from '../rtc/CallLeg.ts'
import { MediaSession } from '../rtc/MediaSession.ts'
import type { SignalClient } from '../signalling/SignalClient.ts'

export type CallOptions = {
  signal: SignalClient
  localMedia: LocalMedia
  iceServers: () => RTCIceServer[]
  /** A logger by the name of its part. */
  log: (part: string) => Logger
  /** Default: a new one. */
  callId?: string
  subscribe: readonly string[]
  dialog?: () => DialogKind
  inviteParams?: Record<string, unknown>
  /** Awaited before the call is offered again to a server that does not know it. */
  ready?: () => Promise<void>
}

/** How long hanging up waits for the server to confirm. */
const byeTimeoutMs = 3_000

/** One call: its messages and its media. */
export class Call {
  readonly leg: CallLeg
  readonly media: MediaSession
  readonly #signal: SignalClient

  constructor(options: CallOptions) {
    const { signal, localMedia, iceServers, log, ready, subscribe, dialog, inviteParams } = options
    const callId = options.callId ?? crypto.randomUUID()
    this.#signal = signal
    this.leg = new CallLeg({ callId, signal, logger: log('call'), subscribe, dialog, inviteParams })
    this.media = new MediaSession({
      signal,
      leg: this.leg,
      localMedia,
      iceServers,
      ready,
      logger: log('media'),
    })
  }

  get callId(): string {
    return this.leg.callId
  }

  /** Tells the server that the call is over; rejects if it refuses. Waits 3 s at most. */
  async bye(end?: CallEnd): Promise<void> {
    // Without a connection nobody would hear it: the server notices by itself.
    if (!this.#signal.isOpen) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, byeTimeoutMs)))
    await Promise.race([this.leg.bye(end), limit]).finally(() => clearTimeout(timer))
  }

  /** Releases what belongs to the call; the devices are not touched. */
  close(): void {
    this.media.close()
    this.leg.close()
  }
}
