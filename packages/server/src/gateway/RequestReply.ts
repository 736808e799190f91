import { RoomError, type RpcErrorBody, type RpcId } from '@roomful/protocol'
import type { Cancel, Clock } from '../lib/Clock.ts'
import type { Reply } from '../service/index.ts'
import { encodeError, encodeResult } from './frames.ts'

/** The stock client gives up, and closes its socket, 10 s after it asked. */
const replyTimeoutMs = 9000

/** The one reply to one request; sent by itself, as a refusal, when nobody does in time. */
export class RequestReply implements Reply {
  readonly #id: RpcId
  readonly #send: (text: string) => void
  readonly #cancelTimeout: Cancel
  #settled = false
  #later: Promise<void> | null = null

  constructor(id: RpcId, clock: Clock, send: (text: string) => void) {
    this.#id = id
    this.#send = send
    this.#cancelTimeout = clock.setTimeout(() => {
      this.refuse(new RoomError('media_unavailable', `Not done within ${replyTimeoutMs / 1000} s`))
    }, replyTimeoutMs)
  }

  get settled(): boolean {
    return this.#settled
  }

  send(result: Record<string, unknown>): void {
    if (this.#settle()) this.#send(encodeResult(this.#id, result))
  }

  sendLater(done: Promise<void>): void {
    this.#later = done
    // Whoever gave the request to its handler looks at it too, though not at once.
    done.catch(() => {})
  }

  /** What will send it, if that takes its time. */
  get later(): Promise<void> | null {
    return this.#later
  }

  /** A refusal of a `video.*` request: a result with a code, as the original does it. */
  refuse(error: RoomError): void {
    this.send(error.toResult())
  }

  /** An error of JSON-RPC itself. */
  fail(error: RpcErrorBody): void {
    if (this.#settle()) this.#send(encodeError(this.#id, error))
  }

  #settle(): boolean {
    if (this.#settled) return false
    this.#settled = true
    this.#cancelTimeout()
    return true
  }
}
