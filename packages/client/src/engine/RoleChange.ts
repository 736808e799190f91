import type { RoomSubscribedEvent } from '@roomful/protocol'
import { RoomSessionError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { within } from '../rtc/async.ts'
import { callEnded } from '../rtc/CallLeg.ts'
import type { Directions } from '../rtc/Peer.ts'
import type { Call } from './Call.ts'
import { Deferred } from './Deferred.ts'

export type RoleChangeHost = {
  readonly logger: Logger
  /** A call of its own beside the present one. */
  createCall(): Call
  /** Opens what the new role may send; resolves with what is to be sent and received. */
  prepare(): Promise<Directions>
  /** The new call is the one that counts: the server has moved the member to it. Returns the old one. */
  adopt(call: Call, event: RoomSubscribedEvent): Call
  /** Shows what the new call receives; resolves when its first picture is on the screen. */
  show(call: Call): Promise<void>
  /** Whether the change succeeded or not: releases devices that the role must not use. */
  settle(): void
}

/** How long the server may take from its answer to `room.subscribed`. */
const subscribedTimeoutMs = 10_000
/** How long the old picture is kept while the new one does not come. */
const pictureTimeoutMs = 8_000

type Attempt = { call: Call; subscribed: Deferred<RoomSubscribedEvent>; old?: Call }

/**
 * Moves this participant to a new call after a promotion or demotion, while the old one goes on: what is seen
 * and heard changes over when the new picture is there. If the new call fails, the old one stays.
 */
export class RoleChange {
  readonly #host: RoleChangeHost
  #attempt: Attempt | undefined

  constructor(host: RoleChangeHost) {
    this.#host = host
  }

  /** The call that is being made, if any. */
  get pendingCall(): Call | undefined {
    return this.#attempt?.old ? undefined : this.#attempt?.call
  }

  /** Begins anew; a change under way is given up. Never rejects. */
  async run(): Promise<void> {
    this.cancel()
    const call = this.#host.createCall()
    const attempt: Attempt = { call, subscribed: new Deferred() }
    attempt.subscribed.promise.catch(() => undefined)
    this.#attempt = attempt
    call.leg.on('bye', (end) => attempt.subscribed.reject(callEnded(end)))
    try {
      const given = attempt.subscribed.promise.then(() => new Promise<never>(() => undefined))
      await Promise.race([this.#join(attempt), given])
      await this.#receive(attempt)
      if (this.#attempt !== attempt) return
      await this.#host.show(call)
      if (attempt.old) this.#hangUp(attempt.old)
    } catch (error) {
      if (!attempt.old) this.#abandon(attempt)
      if (this.#attempt !== attempt) return // Cancelled.
      this.#host.logger.error('The call of the new role could not be made; the old one goes on.', error)
    } finally {
      if (this.#attempt === attempt) {
        this.#attempt = undefined
        this.#host.settle()
      }
    }
  }

  /** Handles `room.subscribed` if it is about the call that is being made. */
  onSubscribed(event: RoomSubscribedEvent): boolean {
    const attempt = this.#attempt
    if (!attempt || attempt.old || event.call_id !== attempt.call.callId) return false
    attempt.old = this.#host.adopt(attempt.call, event)
    attempt.subscribed.resolve(event)
    return true
  }

  /** Gives up a change under way, or closes the call that it has replaced. */
  cancel(): void {
    const attempt = this.#attempt
    this.#attempt = undefined
    if (!attempt) return
    attempt.subscribed.reject(new RoomSessionError('aborted', 'A newer change of role took its place.'))
    if (!attempt.old) return this.#abandon(attempt)
    void this.#host.show(attempt.call)
    this.#hangUp(attempt.old)
  }

  async #join(attempt: Attempt): Promise<void> {
    const directions = await this.#host.prepare()
    if (this.#attempt !== attempt) return
    await attempt.call.media.start(directions)
    const late = () =>
      new RoomSessionError('call_setup_timeout', 'The server did not confirm the change of role in time.')
    await within(attempt.subscribed.promise, subscribedTimeoutMs, late)
  }

  async #receive({ call }: Attempt): Promise<void> {
    try {
      await call.media.whenReceiving(pictureTimeoutMs)
    } catch (error) {
      // The server has moved on: the new call restores itself, the old one would end anyway.
      this.#host.logger.warn('Media of the new role is late.', error)
    }
  }

  #abandon({ call }: Attempt): void {
    this.#hangUp(call)
  }

  #hangUp(call: Call): void {
    call.bye().catch((error: unknown) => this.#host.logger.debug('A bye was refused.', error))
    call.close()
  }
}
