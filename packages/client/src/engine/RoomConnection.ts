import type { MemberEvent, RoomSubscribedEvent } from '@roomful/protocol'
import { RoomSessionError, toRoomSessionError } from '../errors.ts'
import type { RoomLeftEvent } from '../events.ts'
import { createLogger, type Logger } from '../logger.ts'
import { mediaKinds, type MediaKind } from '../media/kinds.ts'
import { LocalMedia } from '../media/LocalMedia.ts'
import type { JoinParams, RoomSessionOptions } from '../options.ts'
import type { LocalOverlay } from '../render/LocalOverlay.ts'
import { RoomRenderer } from '../render/RoomRenderer.ts'
import { CallLeg, callEnded, type CallEnd } from '../rtc/CallLeg.ts'
import { maySend, resolveDirections } from '../rtc/directions.ts'
import { MediaSession } from '../rtc/MediaSession.ts'
import type { Directions } from '../rtc/Peer.ts'
import { SenderScaler } from '../rtc/SenderScaler.ts'
import { ReconnectPolicy } from '../signalling/ReconnectPolicy.ts'
import { SessionStore } from '../signalling/SessionStore.ts'
import { SignalClient } from '../signalling/SignalClient.ts'
import { decodeToken, resolveUrl } from '../token.ts'
import { defaultHost } from './defaultHost.ts'
import { Deferred } from './Deferred.ts'
import { demultiplex } from './demultiplex.ts'
import { RoomState } from './RoomState.ts'
import { subscriptions } from './subscriptions.ts'

export type RoomConnectionOptions = {
  options: RoomSessionOptions
  params: JoinParams
  overlay: LocalOverlay
  /** Fires an event of the room object. */
  emit: (name: string, ...args: unknown[]) => void
  /** The server, or the network, has ended it. Called once, after `open()` has succeeded. */
  onEnded: (event: RoomLeftEvent) => void
}

/** How long the server may take from its answer to `room.subscribed`. */
const subscribedTimeoutMs = 10_000
/** How long leaving waits for the server to confirm. */
const byeTimeoutMs = 3_000

const deviceName = { audio: 'microphone', video: 'camera' } as const

/** Everything that one join makes, wired together: signalling, call, media, devices and the picture. */
export class RoomConnection {
  readonly state = new RoomState()
  readonly localMedia: LocalMedia
  readonly renderer: RoomRenderer
  readonly leg: CallLeg
  readonly signal: SignalClient
  remoteStream: MediaStream | undefined
  readonly #setup: RoomConnectionOptions
  readonly #logger: Logger
  readonly #store: SessionStore
  readonly #media: MediaSession
  readonly #scaler = new SenderScaler()
  readonly #subscribed = new Deferred<void>()
  #joined = false
  #closed = false

  constructor(setup: RoomConnectionOptions) {
    this.#setup = setup
    const { options } = setup
    const token = decodeToken(options.token)
    const url = resolveUrl(token, options.host, defaultHost())
    if (!url) {
      const message =
        'The server is not known: the token names none (header claim "ch"). Pass the option "host".'
      throw new RoomSessionError('invalid_argument', message)
    }
    const log = (part: string) => createLogger(part, options.logLevel)
    this.#logger = log('room')
    const stored = options.reattach !== false && token.canReattach ? token.roomName : undefined
    this.#store = new SessionStore(stored, globalThis.sessionStorage)
    const { onRefreshToken } = options
    const common = { token: options.token, url, onRefreshToken }
    const policy = new ReconnectPolicy()
    this.signal = new SignalClient({ ...common, store: this.#store, policy, logger: log('signalling') })
    const callId = this.#store.get('callId') ?? crypto.randomUUID()
    this.leg = new CallLeg({ callId, signal: this.signal, logger: log('call'), subscribe: subscriptions })
    this.localMedia = new LocalMedia({
      logger: log('devices'),
      stopWhileMuted: {
        audio: options.stopMicrophoneWhileMuted ?? true,
        video: options.stopCameraWhileMuted ?? true,
      },
      send: async (kind, track) => this.#media.peer?.replaceTrack(kind, track),
    })
    this.#media = new MediaSession({
      signal: this.signal,
      leg: this.leg,
      localMedia: this.localMedia,
      iceServers: () => options.iceServers ?? this.signal.connection?.ice_servers ?? [],
      logger: log('media'),
    })
    this.renderer = new RoomRenderer({
      rootElement: options.rootElement,
      overlay: (options.applyLocalVideoOverlay ?? true) ? setup.overlay : undefined,
      logger: log('renderer'),
      onBlocked: (kind) => this.#emitBlocked('blocked', kind),
      onUnblocked: (kind) => this.#emitBlocked('unblocked', kind),
      onCanvasSize: () => this.#scaleCamera(),
    })
    this.#wire()
  }

  /** Whether the room is joined and not left. */
  get isActive(): boolean {
    return this.#joined && !this.#closed
  }

  /** Joins. If it rejects, everything is released. */
  async open(): Promise<void> {
    // A bye or leave() may come at any moment: it rejects `#subscribed` and so ends whichever step is under way.
    this.#subscribed.promise.catch(() => undefined)
    try {
      await Promise.race([
        this.#openSteps(),
        this.#subscribed.promise.then(() => new Promise<never>(() => undefined)),
      ])
    } catch (error) {
      this.close(toRoomSessionError(error, 'negotiation_failed'))
      throw error
    }
  }

  /** Sends a `video.*` request about this room. */
  request(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    return this.signal.request(method, { ...params, room_session_id: this.state.roomSessionId })
  }

  /** Changes camera or microphone; starts to send the kind if it was not sent. */
  async updateDevice(kind: MediaKind, constraints: MediaTrackConstraints): Promise<void> {
    this.#checkMaySend(kind)
    await this.localMedia.update(kind, constraints)
    await this.#media.enableSending(kind, this.localMedia.sentTrack(kind))
  }

  /** Sends the tracks of `stream` in place of camera and microphone. */
  async setLocalStream(stream: MediaStream): Promise<void> {
    const kinds = mediaKinds.filter((kind) => stream.getTracks().some((track) => track.kind === kind))
    for (const kind of kinds) this.#checkMaySend(kind)
    await this.localMedia.replaceStream(stream)
    for (const kind of kinds) await this.#media.enableSending(kind, this.localMedia.sentTrack(kind))
  }

  /** Hangs up and releases everything. The devices go off at once; rejects if the server refuses. */
  async leave(end?: CallEnd): Promise<void> {
    if (this.#closed) return
    this.localMedia.release()
    // Without a connection nobody would hear it: the server notices by itself.
    const bye = this.signal.isOpen ? withLimit(this.leg.bye(end), byeTimeoutMs) : undefined
    try {
      await bye
    } finally {
      this.close()
    }
  }

  /** Releases everything at once, without waiting for the server. */
  close(reason = new RoomSessionError('aborted', 'The room was left.')): void {
    if (this.#closed) return
    this.#closed = true
    this.#subscribed.reject(reason)
    this.localMedia.release()
    this.#media.close()
    this.leg.close()
    this.renderer.dispose()
    this.signal.close()
    this.#store.clear()
    this.#store.release()
  }

  async #openSteps(): Promise<void> {
    const { options, params } = this.#setup
    const { authorization } = await this.signal.connect()
    const asked = { ...params, audio: params.audio ?? options.audio, video: params.video ?? options.video }
    const directions = resolveDirections(authorization, asked)
    await this.#openDevices(directions, asked)
    if (this.#closed) return
    if (options.speakerId) {
      this.renderer.audio
        .setSpeaker(options.speakerId)
        .catch((error: unknown) => this.#logger.warn(String(error)))
    }
    await this.#media.start(directions)
    const timer = setTimeout(() => {
      const message = `The server did not confirm the join within ${subscribedTimeoutMs / 1000} s.`
      this.#subscribed.reject(new RoomSessionError('call_setup_timeout', message))
    }, subscribedTimeoutMs)
    await this.#subscribed.promise.finally(() => clearTimeout(timer))
  }

  async #openDevices(directions: Directions, asked: JoinParams): Promise<void> {
    const sent = mediaKinds.filter((kind) => directions[kind]?.startsWith('send'))
    const { localStream } = this.#setup.options
    if (localStream) return this.localMedia.adopt(localStream, sent)
    // `audio: false, sendAudio: true` asks for the default microphone.
    await this.localMedia.open(Object.fromEntries(sent.map((kind) => [kind, asked[kind] || true])))
  }

  #wire(): void {
    const { emit } = this.#setup
    this.signal.on('event', (type, params) => this.#onEvent(type, params))
    this.signal.on('ended', () => this.#end({ reason: 'RECONNECTION_ATTEMPT_TIMEOUT' }))
    this.leg.on('bye', (end) => this.#end(end, callEnded(end)))
    this.leg.on('mediaParams', (params) => {
      for (const kind of mediaKinds) {
        const constraints = params[kind]
        if (constraints) this.localMedia.applyConstraints(kind, constraints).catch(() => undefined)
      }
    })
    this.#media.on('remoteStream', (stream) => {
      this.remoteStream = stream
      this.renderer.show(stream)
    })
    this.#media.on('negotiated', () => this.#scaleCamera())
    this.#media.on('track', (event) => emit('track', event))
    this.#media.on('connected', () => emit('media.connected'))
    this.#media.on('reconnecting', () => emit('media.reconnecting'))
    this.#media.on('disconnected', () => emit('media.disconnected'))
    this.#media.on('failed', (error) => {
      this.#logger.error(error.message)
      this.#end({ reason: 'RECONNECTION_ATTEMPT_TIMEOUT' })
    })
    this.localMedia.on('changed', (kind) => this.#onLocalTrack(kind))
    this.localMedia.on('updated', (kind, change) => emit(`${deviceName[kind]}.updated`, change))
    this.localMedia.on('disconnected', (kind, device) => emit(`${deviceName[kind]}.disconnected`, device))
    this.localMedia.on('failed', (kind, error) => emit('device.failed', { kind: deviceName[kind], error }))
    this.renderer.audio.on('updated', (change) => emit('speaker.updated', change))
    this.renderer.audio.on('disconnected', (speaker) => emit('speaker.disconnected', speaker))
  }

  #onEvent(type: string, params: unknown): void {
    if (type === 'video.room.subscribed') return this.#onSubscribed(params as RoomSubscribedEvent)
    if (!this.#joined || !type.startsWith('video.')) return
    const emissions = demultiplex(type, params, this.state)
    if (!emissions)
      return this.#logger.warn(`An event ${type} of the server lacks what it needs; it is ignored.`)
    // The SDK acts first, so that handlers see the new state.
    if (type === 'video.layout.changed') this.#onLayout()
    if (type === 'video.member.updated') this.#followOwnMutes((params as MemberEvent).member.id)
    for (const [name, payload] of emissions) this.#setup.emit(name, payload)
  }

  #onSubscribed(event: RoomSubscribedEvent): void {
    if (event?.call_id !== this.leg.callId || !Array.isArray(event.room_session?.members)) return
    const { memberId, roomSessionId } = this.state
    this.state.applySubscribed(event)
    this.#followOwnMutes(this.state.memberId)
    this.#store.set('callId', this.leg.callId)
    const isNew = memberId !== this.state.memberId || roomSessionId !== this.state.roomSessionId
    this.#joined = true
    this.#subscribed.resolve()
    const { emit } = this.#setup
    if (isNew) {
      emit('room.subscribed', event)
      emit('room.joined', event)
    }
    emit('memberList.updated', { members: this.state.members.all })
    this.#onLocalTrack('video')
  }

  #onLayout(): void {
    this.renderer.setLayout(this.state.layout, this.state.memberId)
    this.#scaleCamera()
  }

  /** The server's word on the own mutes is what the devices follow. */
  #followOwnMutes(memberId: string): void {
    const own = this.state.members.get(memberId)
    if (!own || memberId !== this.state.memberId) return
    for (const kind of mediaKinds) {
      const muted = own[`${kind}_muted`]
      if (muted === this.localMedia.isMuted(kind)) continue
      this.localMedia.setMuted(kind, muted).catch((error: unknown) => {
        this.#logger.error(`The ${deviceName[kind]} could not follow the mute state.`, error)
      })
      this.#onLocalTrack(kind)
    }
  }

  #onLocalTrack(kind: MediaKind): void {
    if (kind !== 'video') return
    this.renderer.setCamera(this.localMedia.isMuted('video') ? null : this.localMedia.track('video'))
    this.#scaleCamera()
  }

  #scaleCamera(): void {
    // Before the layout is known the whole canvas may be ours.
    if (!this.state.layout) return
    this.#scaler.apply(this.#media.peer?.sender('video'), this.renderer.ownTile).catch((error: unknown) => {
      this.#logger.debug('The camera could not be scaled.', error)
    })
  }

  #emitBlocked(what: 'blocked' | 'unblocked', kind: 'audio' | 'video'): void {
    this.#setup.emit(`media.${what}`, { kind })
    if (kind === 'audio') this.#setup.emit(`audio.${what}`)
  }

  #checkMaySend(kind: MediaKind): void {
    const rights = this.signal.connection?.authorization
    if (rights && maySend(rights, kind)) return
    const message = `The token does not allow ${kind} to be sent (join_as "${rights?.join_as}", ${kind} "${rights?.[`${kind}_allowed`]}").`
    throw new RoomSessionError('sending_not_allowed', message)
  }

  #end(event: RoomLeftEvent, error?: RoomSessionError): void {
    if (this.#closed) return
    const joined = this.#joined
    if (event.reason && this.signal.isOpen) this.leg.bye().catch(() => undefined)
    this.close(error ?? new RoomSessionError('connection_lost', 'The connection to the server was lost.'))
    if (joined) this.#setup.onEnded(event)
  }
}

/** `promise`, or nothing if it takes longer than `limitMs`. */
async function withLimit(promise: Promise<void>, limitMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)))
  await Promise.race([promise, limit]).finally(() => clearTimeout(timer))
}
