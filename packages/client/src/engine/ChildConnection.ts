import type { VideoMember } from '@roomful/protocol'
import { RoomSessionError } from '../errors.ts'
import type { RoomLeftEvent } from '../events.ts'
import type { Logger } from '../logger.ts'
import { mediaKinds, type MediaKind } from '../media/kinds.ts'
import { LocalMedia } from '../media/LocalMedia.ts'
import { callEnded } from '../rtc/CallLeg.ts'
import type { Directions } from '../rtc/Peer.ts'
import { SenderScaler } from '../rtc/SenderScaler.ts'
import { Call } from './Call.ts'
import { CallMedia } from './CallMedia.ts'
import { forwardDeviceEvents, forwardMediaEvents } from './forwardEvents.ts'
import type { RoomConnection } from './RoomConnection.ts'

export type ChildType = 'screen' | 'device'

export type ChildOptions = {
  type: ChildType
  parent: RoomConnection
  /** Devices to open when it joins. A screen is captured before, see `stream`. */
  open?: Partial<Record<MediaKind, boolean | MediaTrackConstraints>>
  /** What is sent, captured already; stopped at the end. */
  stream?: MediaStream
  /** Sent with the invite: `layout`, `positions`. */
  inviteParams?: Record<string, unknown>
  /** Fires an event of the object that the application holds. */
  emit: (name: string, ...args: unknown[]) => void
  /** It is over, for whatever reason. Called once. */
  onEnded: () => void
}

const subscriptions = { screen: 'video.room.screenshare', device: 'video.room.additionaldevice' } as const

/** A shared screen needs pixels more than motion; the server names its own limit too. */
const screenMaxBitrateBps = 4_000_000

type Phase = 'new' | 'joining' | 'joined' | 'ended'

/** The call of a screen or of an additional device: it only sends, and is a member of its own. */
export class ChildConnection {
  readonly type: ChildType
  readonly parent: RoomConnection
  readonly localMedia: LocalMedia
  readonly media: CallMedia
  readonly call: Call
  memberId = ''
  readonly #options: ChildOptions
  readonly #logger: Logger
  readonly #scaler = new SenderScaler()
  #phase: Phase = 'new'
  /** Rejects the join under way when the call ends. */
  readonly #abort = new AbortController()

  constructor(options: ChildOptions) {
    const { type, parent, inviteParams, stream } = options
    this.type = type
    this.parent = parent
    this.#options = options
    const log = (part: string) => parent.log(`${type} ${part}`)
    this.#logger = log('connection')
    const isDevice = type === 'device'
    this.localMedia = new LocalMedia({
      logger: log('devices'),
      stopWhileMuted: { audio: isDevice, video: isDevice },
      canReopen: isDevice,
      send: async (kind, track) => this.call.media.peer?.replaceTrack(kind, track),
    })
    if (stream) this.localMedia.take(stream)
    this.call = new Call({
      signal: parent.signal,
      localMedia: this.localMedia,
      iceServers: () => parent.iceServers,
      log,
      subscribe: [subscriptions[type]],
      inviteParams,
      dialog: () => ({
        screenShare: type === 'screen',
        additionalDevice: isDevice,
        userVariables: { memberCallId: parent.call.callId, memberId: parent.state.memberId },
      }),
      ready: () => parent.whenKnown(),
    })
    this.media = new CallMedia({
      localMedia: this.localMedia,
      call: () => this.call,
      checkMaySend: () => undefined,
      receives: false,
    })
    this.#wire()
    parent.children.add(this)
  }

  get isActive(): boolean {
    return this.#phase === 'joined'
  }

  /** Joins the room; resolves when the room has the new member. If it rejects, all is released. */
  async join(): Promise<void> {
    if (this.#phase !== 'new') {
      const code = this.#phase === 'ended' ? 'already_left' : 'already_joined'
      throw new RoomSessionError(code, `The ${this.type} is ${this.#phase} already.`)
    }
    this.#phase = 'joining'
    const aborted = new Promise<never>((_, reject) => {
      this.#abort.signal.addEventListener('abort', () => reject(this.#abort.signal.reason as Error))
    })
    try {
      await Promise.race([this.#join(), aborted])
    } catch (error) {
      this.#hangUp()
      this.end({}, error)
      throw error
    }
  }

  /** Leaves the room. Never rejects. */
  async leave(): Promise<void> {
    const wasJoining = this.#phase === 'joining' || this.#phase === 'joined'
    const bye = wasJoining ? this.call.bye().catch((error: unknown) => this.#logRefusal(error)) : undefined
    this.end({})
    await bye
  }

  /** It is over: releases everything and tells the application. */
  end(event: RoomLeftEvent, reason?: unknown): void {
    if (this.#phase === 'ended') return
    const wasJoined = this.#phase === 'joined'
    this.#phase = 'ended'
    this.#abort.abort(reason ?? new RoomSessionError('aborted', `The ${this.type} has left.`))
    this.parent.children.remove(this)
    this.localMedia.release()
    this.call.close()
    this.#options.onEnded()
    if (!wasJoined) return
    this.#options.emit('media.disconnected')
    this.#options.emit('room.left', event)
  }

  /** Follows the mute state of its own member. */
  followMutes(member: Partial<VideoMember>): void {
    for (const kind of mediaKinds) {
      const muted = member[`${kind}_muted`]
      if (muted === undefined || muted === this.localMedia.isMuted(kind)) continue
      this.localMedia.setMuted(kind, muted).catch((error: unknown) => {
        this.#logger.error('A mute could not be followed.', error)
      })
    }
  }

  /** Sends the camera at the size of its tile; a screen always in full. */
  followLayout(): void {
    if (this.type !== 'device' || !this.isActive || !this.parent.state.layout) return
    const tile = this.parent.renderer.tileOf(this.memberId)
    this.#scaler.apply(this.call.media.peer?.sender('video'), tile).catch((error: unknown) => {
      this.#logger.debug('The camera could not be scaled.', error)
    })
  }

  async #join(): Promise<void> {
    await this.localMedia.open(this.#options.open ?? {})
    const directions: Directions = {}
    for (const kind of mediaKinds) if (this.localMedia.track(kind)) directions[kind] = 'sendonly'
    await this.call.media.start(directions)
    const member = await this.parent.children.whenJoined(this)
    this.memberId = member.id
    this.#phase = 'joined'
    this.followMutes(this.parent.state.members.get(member.id) ?? member)
    this.followLayout()
  }

  #wire(): void {
    const { emit } = this.#options
    const { leg, media } = this.call
    leg.on('bye', (end) => this.end(end, callEnded(end)))
    forwardMediaEvents(media, emit)
    media.on('negotiated', () => {
      // After a restart of the server it is another member.
      const { memberId } = leg
      if (this.isActive && memberId) this.memberId = memberId
      this.#setSending().catch((error: unknown) => this.#logger.debug('Sending could not be set.', error))
    })
    media.on('failed', (error) => {
      this.#logger.error(error.message)
      this.#hangUp()
      this.end({ reason: 'RECONNECTION_ATTEMPT_TIMEOUT' }, error)
    })
    forwardDeviceEvents(this.localMedia, emit)
    this.localMedia.on('disconnected', (kind) => {
      // "Stop sharing" of the browser ends the picture of a screen, and with it the screen.
      if (this.type === 'screen' && kind === 'video') void this.leave()
    })
  }

  /** Sender parameters of the browser: text on a screen must stay readable, whatever it costs in motion. */
  async #setSending(): Promise<void> {
    if (this.type === 'device') return this.followLayout()
    const sender = this.call.media.peer?.sender('video')
    const parameters = sender?.getParameters()
    const encoding = parameters?.encodings?.[0]
    if (!sender || !parameters || !encoding) return
    encoding.maxBitrate = screenMaxBitrateBps
    encoding.scaleResolutionDownBy = 1
    // In Chromium it is a property of the parameters; others may not know it.
    Object.assign(parameters, { degradationPreference: 'maintain-resolution' })
    await sender.setParameters(parameters)
  }

  #hangUp(): void {
    this.call.bye().catch((error: unknown) => this.#logRefusal(error))
  }

  #logRefusal(error: unknown): void {
    this.#logger.debug('A bye was refused.', error)
  }
}
