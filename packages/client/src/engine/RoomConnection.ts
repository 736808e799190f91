import type { Authorization, MemberEvent, MemberRoleEvent, RoomSubscribedEvent } from '@roomful/protocol'
import { RoomSessionError, toRoomSessionError } from '../errors.ts'
import type { RoomLeftEvent } from '../events.ts'
import { createLogger, type Logger } from '../logger.ts'
import { deviceEventName, type LocalMedia } from '../media/LocalMedia.ts'
import type { JoinParams, RoomSessionOptions } from '../options.ts'
import { RoomRenderer } from '../render/RoomRenderer.ts'
import type { RoomView } from '../render/RoomView.ts'
import { within } from '../rtc/async.ts'
import type { CallEnd } from '../rtc/CallLeg.ts'
import { SenderScaler } from '../rtc/SenderScaler.ts'
import type { SessionStore } from '../signalling/SessionStore.ts'
import type { SignalClient } from '../signalling/SignalClient.ts'
import { Call } from './Call.ts'
import { CallMedia } from './CallMedia.ts'
import { Children } from './Children.ts'
import { createSignal } from './createSignal.ts'
import { Deferred } from './Deferred.ts'
import { demultiplex } from './demultiplex.ts'
import { emitBlocked, forwardDeviceEvents } from './forwardEvents.ts'
import { Rejoin } from './Rejoin.ts'
import { RoleChange } from './RoleChange.ts'
import { RoomDevices } from './RoomDevices.ts'
import { RoomState } from './RoomState.ts'
import { withObjects } from './withObjects.ts'
import { subscriptions } from './subscriptions.ts'
import { wireCall } from './wireCall.ts'

export type RoomConnectionOptions = {
  options: RoomSessionOptions
  params: JoinParams
  /** Where the room is shown. */
  views: readonly RoomView[]
  /** Fires an event of the room object. */
  emit: (name: string, ...args: unknown[]) => void
  /** The server, or the network, has ended it. Called once, after `open()` has succeeded. */
  onEnded: (event: RoomLeftEvent) => void
}

/** How long the server may take from its answer to `room.subscribed`. */
const subscribedTimeoutMs = 10_000

/** Everything that one join makes, wired together: signalling, calls, devices and the picture. */
export class RoomConnection {
  readonly state = new RoomState((method, params) => this.request(method, params))
  readonly media: CallMedia
  readonly renderer: RoomRenderer
  readonly signal: SignalClient
  readonly children = new Children(this.state.members, () => this.state.memberId)
  remoteStream: MediaStream | undefined
  readonly #setup: RoomConnectionOptions
  readonly #devices: RoomDevices
  readonly #logger: Logger
  readonly #store: SessionStore
  readonly #scaler = new SenderScaler()
  readonly #subscribed = new Deferred<void>()
  readonly #rejoin = new Rejoin()
  readonly #roleChange: RoleChange
  #call: Call
  #role: Authorization['join_as'] = 'member'
  #joined = false
  #closed = false

  constructor(setup: RoomConnectionOptions) {
    this.#setup = setup
    const { options, params } = setup
    const { signal, store } = createSignal(options, this.log('signalling'))
    this.signal = signal
    this.#store = store
    this.#logger = this.log('room')
    this.signal.on('reconnected', (sameSession) => this.#onReconnected(sameSession))
    const { audio = options.audio, video = options.video } = params
    this.#devices = new RoomDevices({
      options,
      asked: { ...params, audio, video },
      rights: () => this.#rights(),
      logger: this.log('devices'),
      onFailed: (kind, error) => setup.emit('device.failed', { kind: deviceEventName[kind], error }),
      send: async (kind, track) => {
        for (const call of [this.#call, this.#roleChange.pendingCall]) {
          if (call?.media.peer?.sender(kind)) await call.media.peer.replaceTrack(kind, track)
        }
      },
    })
    this.media = new CallMedia({
      localMedia: this.localMedia,
      call: () => this.#call,
      checkMaySend: (kind) => this.#devices.checkMaySend(kind),
      receives: true,
    })
    this.#call = this.#createCall(this.#store.get('callId'))
    this.#roleChange = new RoleChange({
      logger: this.#logger,
      createCall: () => this.#createCall(),
      prepare: () => this.#devices.openWhatWorks(),
      adopt: (call, event) => this.#adopt(call, event),
      show: (call) => this.#show(call),
      settle: () => this.#devices.releaseForbidden(),
    })
    this.renderer = new RoomRenderer({
      views: setup.views,
      logger: this.log('renderer'),
      onBlocked: (kind) => emitBlocked(setup.emit, 'blocked', kind),
      onUnblocked: (kind) => emitBlocked(setup.emit, 'unblocked', kind),
      onCanvasSize: () => this.#scaleCameras(),
    })
    this.#wire()
  }

  /** Camera and microphone. */
  get localMedia(): LocalMedia {
    return this.#devices.local
  }

  /** The call that counts; another one after a promotion or demotion. */
  get call(): Call {
    return this.#call
  }

  /** Whether the room is joined and not left. */
  get isActive(): boolean {
    return this.#joined && !this.#closed
  }

  get iceServers(): RTCIceServer[] {
    return this.#setup.options.iceServers ?? this.signal.connection?.ice_servers ?? []
  }

  /** A logger for a part of the room. */
  log(part: string): Logger {
    return createLogger(part, this.#setup.options.logLevel)
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

  /** Resolves when the server knows this member: at once, unless it has lost the session. */
  whenKnown(): Promise<void> {
    return this.#rejoin.whenComplete()
  }

  /** Hangs up and releases everything. The devices go off at once; rejects if the server refuses. */
  async leave(end?: CallEnd): Promise<void> {
    if (this.#closed) return
    this.localMedia.release()
    this.children.endAll()
    try {
      await this.#call.bye(end)
    } finally {
      this.close()
    }
  }

  /** Releases everything at once, without waiting for the server. */
  close(reason = new RoomSessionError('aborted', 'The room was left.')): void {
    if (this.#closed) return
    this.#closed = true
    this.#subscribed.reject(reason)
    this.#rejoin.fail(reason)
    this.children.closeAll()
    this.#roleChange.cancel()
    this.localMedia.release()
    this.#call.close()
    this.renderer.dispose()
    this.signal.close()
    this.#store.clear()
    this.#store.release()
  }

  async #openSteps(): Promise<void> {
    await this.signal.connect()
    const { options } = this.#setup
    this.#role = this.#rights().join_as
    const directions = await this.#devices.open()
    if (this.#closed) return
    if (options.speakerId) {
      this.renderer.audio.startOn(options.speakerId).catch((error: unknown) => {
        this.#logger.warn(`The speaker "${options.speakerId}" cannot be used.`, error)
      })
    }
    await this.#call.media.start(directions)
    const late = () =>
      new RoomSessionError(
        'call_setup_timeout',
        `The server did not confirm the join within ${subscribedTimeoutMs / 1000} s.`,
      )
    await within(this.#subscribed.promise, subscribedTimeoutMs, late)
  }

  #rights(): Authorization {
    const { connection } = this.signal
    if (!connection) throw new RoomSessionError('not_joined', 'There is no session with the server.')
    return connection.authorization
  }

  #createCall(callId?: string): Call {
    const call = new Call({
      signal: this.signal,
      localMedia: this.localMedia,
      iceServers: () => this.iceServers,
      log: (part) => this.log(part),
      subscribe: subscriptions,
      callId,
    })
    wireCall(call, {
      localMedia: this.localMedia,
      logger: this.#logger,
      isPresent: (one) => one === this.#call,
      emit: (name, ...args) => this.#setup.emit(name, ...args),
      show: (one) => void this.#show(one),
      onNegotiated: () => this.#scaleCameras(),
      onEnded: (event, error) => this.#end(event, error),
    })
    return call
  }

  #wire(): void {
    const { emit } = this.#setup
    this.signal.on('event', (type, params) => this.#onEvent(type, params))
    this.signal.on('ended', (error) => {
      this.#end({ reason: 'RECONNECTION_ATTEMPT_TIMEOUT', message: error.message })
    })
    this.localMedia.on('changed', (kind) => {
      if (kind === 'video') this.#onCamera()
    })
    forwardDeviceEvents(this.localMedia, emit)
    this.renderer.audio.on('updated', (change) => emit('speaker.updated', change))
    this.renderer.audio.on('disconnected', (speaker) => emit('speaker.disconnected', speaker))
  }

  #onEvent(type: string, params: unknown): void {
    if (type === 'video.room.subscribed') return this.#onSubscribed(params as RoomSubscribedEvent)
    // The first member is told that the session began before it is told that it is in it.
    const isEarly = type === 'video.room.started'
    if (!type.startsWith('video.') || !(this.#joined || isEarly)) return
    const emissions = demultiplex(type, params, this.state)
    if (!emissions)
      return this.#logger.warn(`An event ${type} of the server lacks what it needs; it is ignored.`)
    // The SDK acts first, so that handlers see the new state.
    if (type === 'video.layout.changed') this.#onLayout()
    else if (type === 'video.member.joined') this.children.onMemberJoined(params as MemberEvent)
    else if (type === 'video.member.left') this.children.onMemberLeft(params as MemberEvent)
    else if (type === 'video.member.updated') {
      this.#followOwnMutes((params as MemberEvent).member.id)
      this.children.onMemberUpdated(params as MemberEvent)
    }
    const authorization = newRights(type, params as MemberRoleEvent, this.state.memberId)
    if (authorization) this.signal.replaceAuthorization(authorization)
    // Told again, e.g. after a reconnect whose reply has told it already.
    if (authorization?.join_as === this.#role && this.#roleChange.pendingCall) return
    for (const [name, payload] of emissions) this.#setup.emit(name, payload)
    if (authorization) this.#changeRole(authorization)
  }

  #changeRole(authorization: Authorization): void {
    if (this.#closed) return
    this.#role = authorization.join_as
    void this.#roleChange.run()
  }

  #onSubscribed(event: RoomSubscribedEvent): void {
    if (!Array.isArray(event?.room_session?.members) || this.#roleChange.onSubscribed(event)) return
    if (event.call_id !== this.#call.callId) return
    const { memberId, roomSessionId } = this.state
    this.state.applySubscribed(event)
    const isNew = memberId !== this.state.memberId || roomSessionId !== this.state.roomSessionId
    this.#onJoined(event, isNew)
  }

  #onJoined(event: RoomSubscribedEvent, isNew: boolean): void {
    this.#followOwnMutes(this.state.memberId)
    this.#store.set('callId', this.#call.callId)
    this.#joined = true
    this.#subscribed.resolve()
    this.#rejoin.complete()
    const { emit } = this.#setup
    if (isNew) {
      emit('room.subscribed', event)
      emit('room.joined', withObjects(event, this.state.running))
    }
    emit('memberList.updated', { members: this.state.members.all })
    this.#onCamera()
  }

  #adopt(call: Call, event: RoomSubscribedEvent): Call {
    const old = this.#call
    this.#call = call
    this.state.applySubscribed(event)
    this.children.endAll()
    this.#onJoined(event, true)
    return old
  }

  #onReconnected(sameSession: boolean): void {
    if (!this.#joined || this.#closed) return
    const authorization = this.#rights()
    const isOther = authorization.join_as !== this.#role
    if (sameSession) {
      // The event went to a socket that was gone.
      if (!isOther) return
      const { roomId: room_id, roomSessionId: room_session_id, memberId: member_id } = this.state
      const name = authorization.join_as === 'member' ? 'member.promoted' : 'member.demoted'
      this.#setup.emit(name, { room_id, room_session_id, member_id, authorization })
      return this.#changeRole(authorization)
    }
    this.#rejoin.begin()
    if (!isOther) return
    // The server has forgotten the promotion too: the call is offered anew with what the token allows.
    this.#role = authorization.join_as
    this.#call.media.prepareDirections(this.#devices.allowedDirections)
    this.#devices.releaseForbidden()
  }

  async #show(call: Call): Promise<void> {
    const stream = call.media.peer?.remoteStream
    if (!stream || this.#closed) return
    this.remoteStream = stream
    await this.renderer.show(stream)
  }

  #onLayout(): void {
    this.renderer.setLayout(this.state.layout, this.state.memberId)
    this.#scaleCameras()
  }

  #followOwnMutes(memberId: string): void {
    const own = this.state.members.get(memberId)
    if (!own || memberId !== this.state.memberId) return
    this.#devices.followMutes(own)
    this.#onCamera()
  }

  #onCamera(): void {
    this.renderer.setCamera(this.localMedia.liveTrack('video'))
    this.#scaleCameras()
  }

  #scaleCameras(): void {
    // Before the layout is known the whole canvas may be ours.
    if (!this.state.layout) return
    const tile = this.renderer.tileOf(this.state.memberId)
    this.#scaler.apply(this.#call.media.peer?.sender('video'), tile).catch((error: unknown) => {
      this.#logger.debug('The camera could not be scaled.', error)
    })
    for (const child of this.children.all) child.followLayout()
  }

  #end(event: RoomLeftEvent, error?: RoomSessionError): void {
    if (this.#closed) return
    const joined = this.#joined
    if (event.reason) this.#call.bye().catch(() => undefined)
    this.close(error ?? new RoomSessionError('connection_lost', 'The connection to the server was lost.'))
    if (joined) this.#setup.onEnded(event)
  }
}

/** What this client may do after its own promotion or demotion. */
function newRights(type: string, params: MemberRoleEvent, memberId: string): Authorization | undefined {
  if (type !== 'video.member.promoted' && type !== 'video.member.demoted') return undefined
  return params.member_id === memberId ? params.authorization : undefined
}
