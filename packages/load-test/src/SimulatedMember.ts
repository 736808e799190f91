import { randomInt, randomUUID } from 'node:crypto'
import type { ReceivedFrame } from '@roomful/media/rtp/index'
import { createOfferer, type Offerer } from '@roomful/media/transport/offerer'
import type { RoomSubscribedEvent, VideoLayout } from '@roomful/protocol'
import { IncomingMedia, type IncomingCounts } from './IncomingMedia.ts'
import { OutgoingMedia } from './OutgoingMedia.ts'
import { SignalingClient } from './SignalingClient.ts'
import type { VideoClip } from './VideoClip.ts'

const answerTimeoutMs = 20_000
const tickMs = 20
/** Of one that sends nothing: resends need not be asked for any sooner. */
const viewerTickMs = 60

export type SimulatedMemberOptions = {
  /** The server's WebSocket URL, e.g. `ws://127.0.0.1:8080`. */
  url: string
  token: string
  name: string
  /** 20 ms Opus packets, looped; null: sends no sound. */
  audio: readonly Uint8Array[] | null
  /** Looped; null: sends no picture. */
  video: VideoClip | null
  /** Address the media is bound to. Default: all interfaces. */
  bindAddress?: string
  /** Names no address, as a browser without permissions: the server learns it from the first packet. Default false. */
  hidesAddress?: boolean
  /** What it tells the server by REMB of its line. Default: nothing, so it gets the best picture. */
  rembBps?: number
  /** Changes the server's answer before it is taken, so that media goes another way. */
  reroute?(answerSdp: string): string
  onEvent?(type: string, params: Record<string, unknown>): void
  /** Each whole frame of the composite, coded (VP8). */
  onFrame?(frame: ReceivedFrame, nowMs: number): void
  onOpus?(opus: Uint8Array, sequenceNumber: number): void
}

export type JoinTimes = {
  /** From the start of `join` (socket not yet open) to `video.room.subscribed`. */
  joinedMs: number
  /** From the same start to the first whole frame of the composite; undefined: none yet. */
  firstFrameMs: number | undefined
}

/**
 * A member without a browser: the real signalling and the real WebRTC path, a clip and a tone. With a token for the
 * audience, and neither, it is a viewer.
 */
export class SimulatedMember {
  readonly times: JoinTimes = { joinedMs: 0, firstFrameMs: undefined }
  /** The last layout the server told. */
  layout: VideoLayout | undefined
  memberId = ''
  roomSessionId = ''
  connected = false
  /** Why the server ended the call; undefined while it runs. */
  endedBy: string | undefined
  readonly #options: SimulatedMemberOptions
  readonly #callId = randomUUID()
  readonly #offerer: Offerer
  readonly #outgoing: OutgoingMedia
  readonly #incoming: IncomingMedia
  #signaling: SignalingClient | undefined
  #answered: ((sdp: string) => void) | undefined
  #subscribed: ((event: RoomSubscribedEvent) => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #startedAtMs = 0

  private constructor(options: SimulatedMemberOptions) {
    this.#options = options
    const ssrcs = { audio: randomInt(1, 2 ** 32 - 1), video: randomInt(1, 2 ** 32 - 1) }
    const cname = options.name
    this.#offerer = createOfferer({
      name: options.name,
      cname,
      audio: { direction: options.audio === null ? 'recvonly' : 'sendrecv', ssrc: ssrcs.audio },
      video: { direction: options.video === null ? 'recvonly' : 'sendrecv', ssrc: ssrcs.video },
      ...(options.bindAddress === undefined ? {} : { bindAddress: options.bindAddress }),
      events: {
        onRtp: (kind, packet) => this.#incoming.takeRtp(kind, packet),
        onRtcp: (_kind, packet) => this.#outgoing.takeRtcp(packet),
        onConnected: () => (this.connected = true),
        onClosed: () => (this.connected = false),
      },
    })
    this.#outgoing = new OutgoingMedia(this.#offerer, {
      cname,
      ssrcs,
      audio: options.audio,
      video: options.video,
    })
    this.#incoming = new IncomingMedia(
      this.#offerer,
      { ssrcs, cname, ...(options.rembBps === undefined ? {} : { rembBps: options.rembBps }) },
      {
        onFrame: (frame, nowMs) => {
          this.times.firstFrameMs ??= nowMs - this.#startedAtMs
          options.onFrame?.(frame, nowMs)
        },
        onOpus: (opus, sequenceNumber) => options.onOpus?.(opus, sequenceNumber),
      },
    )
  }

  /** Resolves when the member is in the room (`video.room.subscribed`). Media may still be connecting. */
  static async join(options: SimulatedMemberOptions): Promise<SimulatedMember> {
    const member = new SimulatedMember(options)
    try {
      await member.#join()
      return member
    } catch (error) {
      member.close()
      throw error
    }
  }

  get counts(): Readonly<IncomingCounts> {
    return this.#incoming.counts
  }

  /** The longest time without a packet of sound since this was last asked, in milliseconds. */
  takeLongestAudioGapMs(): number {
    return this.#incoming.takeLongestAudioGapMs()
  }

  /** A `video.*` request about this member's room; resolves with the result. */
  request(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    if (this.#signaling === undefined) return Promise.reject(new Error('The member has not joined yet'))
    return this.#signaling.request(method, {
      room_session_id: this.roomSessionId,
      member_id: this.memberId,
      ...params,
    })
  }

  /** Hangs up, unless the server did, and closes everything. */
  async leave(): Promise<void> {
    await this.#signaling?.verto('verto.bye', { dialogParams: { callID: this.#callId } }).catch(() => {})
    this.close()
  }

  /** Goes silent as a killed browser does: no bye, no close of the media. */
  vanish(): void {
    clearInterval(this.#timer)
    this.#signaling?.terminate()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#signaling?.close()
    this.#offerer.close()
  }

  async #join(): Promise<void> {
    this.#startedAtMs = performance.now()
    const { url, token } = this.#options
    this.#signaling = await SignalingClient.open(url, {
      onEvent: (type, params) => this.#event(type, params),
      onVerto: (method, params) => this.#verto(method, params),
      onClosed: () => {},
    })
    await this.#signaling.connect(token)
    const answer = this.#wait<string>('answer', (settle) => (this.#answered = settle))
    const subscribed = this.#wait<RoomSubscribedEvent>(
      'room.subscribed',
      (settle) => (this.#subscribed = settle),
    )
    // Whichever fails first is told; the other may reject unheard.
    subscribed.catch(() => {})
    answer.catch(() => {})
    const offer = await this.#offerer.createOffer()
    await this.#signaling.verto('verto.invite', {
      dialogParams: { callID: this.#callId },
      sdp: this.#options.hidesAddress === true ? withoutCandidates(offer) : offer,
    })
    const answerSdp = await answer
    this.#offerer.acceptAnswer(this.#options.reroute?.(answerSdp) ?? answerSdp)
    const { audio, video } = this.#options
    this.#timer = setInterval(() => this.#tick(), audio === null && video === null ? viewerTickMs : tickMs)
    const event = await subscribed
    this.memberId = event.member_id
    this.roomSessionId = event.room_session.id
    this.times.joinedMs = performance.now() - this.#startedAtMs
  }

  #tick(): void {
    const nowMs = performance.now()
    if (this.connected) this.#outgoing.tick(nowMs)
    this.#incoming.tick(nowMs)
  }

  #event(type: string, params: Record<string, unknown>): void {
    if (type === 'video.room.subscribed') this.#subscribed?.(params as unknown as RoomSubscribedEvent)
    if (type === 'video.layout.changed') this.layout = params['layout'] as VideoLayout
    this.#options.onEvent?.(type, params)
  }

  #verto(method: string, params: Record<string, unknown>): void {
    if (method === 'verto.answer') this.#answered?.(String(params['sdp']))
    if (method === 'verto.bye') {
      this.endedBy = String(params['cause'])
      this.close()
    }
  }

  #wait<T>(what: string, take: (settle: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${this.#options.name}: no ${what} within ${answerTimeoutMs} ms`)),
        answerTimeoutMs,
      )
      take((value) => {
        clearTimeout(timer)
        resolve(value)
      })
    })
  }
}

const withoutCandidates = (sdp: string): string => sdp.replace(/^a=candidate:.*\r\n/gm, '')
