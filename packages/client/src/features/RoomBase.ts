import { RoomConnection } from '../engine/RoomConnection.ts'
import { RoomSessionError } from '../errors.ts'
import type { LeaveReason, RoomLeftEvent, RoomSessionEvents } from '../events.ts'
import { createLogger } from '../logger.ts'
import { checkJoinParams, checkOptions, type JoinParams, type RoomSessionOptions } from '../options.ts'
import { LocalOverlay } from '../render/LocalOverlay.ts'
import type { CallEnd } from '../rtc/CallLeg.ts'
import { RoomView } from '../render/RoomView.ts'
import type { MemberOverlay, OverlayMap } from '../render/MemberOverlays.ts'
import { CallControls, type ActiveCall } from './CallControls.ts'

/** Parameter of methods that act on a member. */
export type MemberParams = {
  /** Member to act on. Default: oneself. */
  memberId?: string
}

type Phase = 'new' | 'joining' | 'joined' | 'left'

/** What the features of a room build upon: its connection, its phases and its requests. */
export abstract class RoomBase extends CallControls<RoomSessionEvents> {
  /** Options as given to the constructor. */
  readonly options: Readonly<RoomSessionOptions>
  /** The own camera laid over the own tile: mirror, hide or show it. */
  readonly localOverlay: LocalOverlay
  /** The same as {@link localOverlay}. */
  readonly localVideoOverlay: LocalOverlay
  /** @internal */
  protected connection: RoomConnection | undefined
  #phase: Phase = 'new'
  readonly #views: RoomView[] = []
  #leaveReason: LeaveReason | undefined

  /** Checks the options and connects to nothing: that is what `join()` does. */
  constructor(options: RoomSessionOptions) {
    super()
    checkOptions(options)
    this.options = { ...options }
    this.localOverlay = this.localVideoOverlay = new LocalOverlay(options.mirrorLocalVideoOverlay ?? false)
    const { rootElement, applyLocalVideoOverlay = true, applyMemberOverlay = true } = options
    if (!rootElement) return
    const localOverlay = applyLocalVideoOverlay ? this.localOverlay : undefined
    this.#views.push(new RoomView({ rootElement, localOverlay, applyMemberOverlay }))
  }

  /** Why the room was left, if it was not left on purpose. */
  get leaveReason(): LeaveReason | undefined {
    return this.#leaveReason
  }

  /** An empty box over the tile of each visible member, by member id; see the option `applyMemberOverlay`. */
  get overlayMap(): OverlayMap {
    return this.#views[0]?.overlayMap ?? new Map<string, MemberOverlay>()
  }

  /** The box over the tile of a member; undefined while the member is not visible. */
  getMemberOverlay(memberId: string): MemberOverlay | undefined {
    return this.overlayMap.get(memberId)
  }

  /** The element that plays the sound of the room; undefined before joining. */
  get audioEl(): HTMLAudioElement | undefined {
    return this.connection?.renderer.audio.element
  }

  /** @internal Shows the room in one more element, until the returned function is called. */
  attachView(view: RoomView): () => void {
    this.#views.push(view)
    this.connection?.renderer.addView(view)
    return () => {
      this.#views.splice(this.#views.indexOf(view) >>> 0, 1)
      if (this.connection) this.connection.renderer.removeView(view)
      else view.unmount()
    }
  }

  /** Whether the room is joined and not left. */
  get active(): boolean {
    return this.#phase === 'joined'
  }

  /**
   * Joins the room, opening camera and microphone as the parameters and the token say. Resolves when the
   * server has confirmed it. If it rejects, everything is released, and it may be called again.
   */
  async join(params: JoinParams = {}): Promise<this> {
    if (this.#phase === 'left') {
      const message = 'This room object has left; it cannot join again. Create a new RoomSession.'
      throw new RoomSessionError('already_left', message)
    }
    if (this.#phase !== 'new') {
      throw new RoomSessionError(
        'already_joined',
        `join() was called on a room that is ${this.#phase} already.`,
      )
    }
    checkJoinParams(params)
    const connection = new RoomConnection({
      options: this.options,
      params,
      views: this.#views,
      emit: (name, ...args) => this.#forward(connection, name, args),
      onEnded: (event) => this.#left(event),
    })
    this.#phase = 'joining'
    this.connection = connection
    try {
      await connection.open()
    } catch (error) {
      // Unless room.joined came first and the room ended right after it.
      if (this.#phase === 'joining') {
        this.#phase = 'new'
        this.connection = undefined
      }
      throw error
    }
    return this
  }

  /**
   * Leaves the room and releases camera, microphone and connection. Never rejects; does nothing if the room
   * is not joined. A join under way is given up (it rejects with `aborted`).
   */
  async leave(): Promise<void> {
    await this.hangUp().catch((error: unknown) => {
      createLogger('room', this.options.logLevel).warn('The server did not confirm leaving.', error)
    })
  }

  /**
   * Releases everything of this object and removes its handlers; no event is fired any more. The room goes
   * on for the others.
   */
  destroy(): void {
    this.removeAllListeners()
    const { connection } = this
    if (connection?.isActive) connection.call.bye().catch(() => undefined)
    connection?.close()
    this.#phase = 'left'
  }

  /** @internal Ends the call; `end` says why. */
  protected async hangUp(end?: CallEnd): Promise<void> {
    const { connection } = this
    if (!connection || this.#phase === 'left') return
    try {
      await connection.leave(end)
    } finally {
      if (this.#phase === 'joined') this.#left({})
    }
  }

  /** @internal The connection of a joined room; throws `not_joined` otherwise. */
  protected joined(method: string): RoomConnection {
    if (this.#phase === 'joined' && this.connection) return this.connection
    const message =
      this.#phase === 'left'
        ? `${method}() was called after the room was left. Create a new RoomSession and join it.`
        : `${method}() was called before the room was joined. Call join() and wait for it first.`
    throw new RoomSessionError('not_joined', message)
  }

  /** @internal */
  protected get activeCall(): ActiveCall | undefined {
    return this.connection
  }

  /** @internal */
  protected joinedCall(method: string): ActiveCall {
    return this.joined(method)
  }

  /** @internal Sends a request about the room. */
  protected async roomRequest(method: string, rpc: string, params: object = {}): Promise<unknown> {
    return this.joined(method).request(rpc, { ...params })
  }

  /** @internal Sends a request about a member: the given one, or oneself. */
  protected async memberRequest(
    method: string,
    rpc: string,
    memberId: string | undefined,
    params: object = {},
  ): Promise<unknown> {
    const connection = this.joined(method)
    return connection.request(rpc, { ...params, member_id: this.targetId(method, memberId) })
  }

  /** @internal */
  protected targetId(method: string, memberId: unknown): string {
    if (memberId === undefined) return this.joined(method).state.memberId
    if (typeof memberId === 'string' && memberId !== '') return memberId
    throw new RoomSessionError(
      'invalid_argument',
      `${method}(): "memberId" must be the id of a member, a non-empty string.`,
    )
  }

  #forward(connection: RoomConnection, name: string, args: unknown[]): void {
    if (connection !== this.connection) return
    // The handlers of room.joined may call any method already.
    if (name === 'room.subscribed' && this.#phase === 'joining') this.#phase = 'joined'
    this.emit(name as 'media.connected', ...(args as []))
  }

  #left(event: RoomLeftEvent): void {
    if (this.#phase !== 'joined') return
    this.#phase = 'left'
    this.emit('media.disconnected', event.message === undefined ? undefined : { reason: event.message })
    this.#leaveReason = event.reason
    this.emit('room.left', event)
  }

  protected override onHandlerError(event: keyof RoomSessionEvents, error: unknown): void {
    createLogger('room', this.options?.logLevel).error(`A handler of "${event}" failed.`, error)
  }
}
