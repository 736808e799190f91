import { RoomSessionError } from '../errors.ts'
import { within } from '../rtc/async.ts'
import { Deferred } from './Deferred.ts'

/** How long anybody waits for this member to be in the room again. */
const rejoinTimeoutMs = 30_000

/** The time between the server's loss of the session, e.g. by a restart, and its knowing this member again. */
export class Rejoin {
  #pending: Deferred<void> | undefined

  /** The server does not know this member. */
  begin(): void {
    this.#pending ??= new Deferred()
    this.#pending.promise.catch(() => undefined) // Perhaps nobody waits.
  }

  /** The server knows this member. */
  complete(): void {
    this.#pending?.resolve()
    this.#pending = undefined
  }

  /** It never will. */
  fail(reason: RoomSessionError): void {
    this.#pending?.reject(reason)
  }

  /** Resolves when the server knows this member: at once, unless it has lost the session. */
  async whenComplete(): Promise<void> {
    const late = () =>
      new RoomSessionError('connection_lost', 'The room was not joined again after the server was lost.')
    if (this.#pending) await within(this.#pending.promise, rejoinTimeoutMs, late)
  }
}
