import { RoomSessionError } from '../errors.ts'

type Pending = {
  method: string
  frame: string
  resend: boolean
  sent: boolean
  timer: ReturnType<typeof setTimeout>
  resolve: (result: unknown) => void
  reject: (error: RoomSessionError) => void
}

export type TrackedRequest = {
  id: string
  method: string
  frame: string
  /** Milliseconds until the request rejects with `request_timeout`; queueing counts. */
  timeoutMs: number
  /** Whether it may be sent a second time after the connection broke. */
  resend: boolean
}

/** Requests that may wait at once; more reject at once, so that a dead connection cannot fill the memory. */
const maxPending = 500

/**
 * Matches replies to requests. Every request settles exactly once: by its reply, its timeout, a lost
 * connection (unless it may be sent again) or the end of the session.
 */
export class RequestTracker {
  readonly #pending = new Map<string, Pending>()

  get size(): number {
    return this.#pending.size
  }

  /** Registers a request. `send` is called now if the connection is open; else `flush` will send it. */
  track(request: TrackedRequest, send: ((frame: string) => void) | undefined): Promise<unknown> {
    const { id, method, frame, timeoutMs, resend } = request
    if (this.#pending.size >= maxPending) {
      const message = `${method} was not sent: ${maxPending} requests are waiting for the server already.`
      return Promise.reject(new RoomSessionError('connection_lost', message))
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id)
        const message = `The server did not reply to ${method} within ${timeoutMs / 1000} s.`
        reject(new RoomSessionError('request_timeout', message))
      }, timeoutMs)
      const sent = send !== undefined
      this.#pending.set(id, { method, frame, resend, sent, timer, resolve, reject })
      send?.(frame)
    })
  }

  /** Settles the request that `reply` belongs to. False if there is none (it timed out, or never was). */
  settle(reply: { id?: unknown; result?: unknown; error?: unknown }): boolean {
    const entry = this.#take(reply.id)
    if (!entry) return false
    const error = replyError(reply)
    if (error) entry.reject(error)
    else entry.resolve(unwrapResult(reply.result))
    return true
  }

  /** The connection broke: what was sent and must not be sent twice rejects, the rest waits for `flush`. */
  connectionLost(): void {
    for (const [id, entry] of this.#pending) {
      if (entry.sent && !entry.resend) {
        this.#take(id)
        const message = `The connection broke before the reply to ${entry.method} came.`
        entry.reject(new RoomSessionError('connection_lost', message))
      }
      entry.sent = false
    }
  }

  /** The connection is back: sends everything that waits, in order. */
  flush(send: (frame: string) => void): void {
    for (const entry of this.#pending.values()) {
      if (entry.sent) continue
      entry.sent = true
      send(entry.frame)
    }
  }

  /** Rejects everything that waits. */
  rejectAll(error: RoomSessionError): void {
    for (const [id, entry] of this.#pending) {
      this.#take(id)
      entry.reject(error)
    }
  }

  #take(id: unknown): Pending | undefined {
    const key = String(id)
    const entry = this.#pending.get(key)
    if (!entry) return undefined
    this.#pending.delete(key)
    clearTimeout(entry.timer)
    return entry
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

function toServerError(body: unknown): RoomSessionError {
  const { code, message } = isObject(body) ? body : {}
  const text =
    typeof message === 'string' && message !== '' ? message : `The server refused with code ${String(code)}.`
  return new RoomSessionError(String(code ?? 'protocol_error'), text, { cause: body })
}

/**
 * The refusal in a reply, if it is one: a JSON-RPC error, a result whose `code` is not 2xx, or either of
 * them in the inner reply of a `video.message`.
 */
export function replyError(reply: { result?: unknown; error?: unknown }): RoomSessionError | undefined {
  if (reply.error !== undefined) return toServerError(reply.error)
  if (!isObject(reply.result)) return undefined
  const { code, result: inner } = reply.result
  if (code !== undefined && !/^2\d\d$/.test(String(code))) return toServerError(reply.result)
  return isObject(inner) && 'jsonrpc' in inner ? replyError(inner) : undefined
}

/** The innermost result: `video.message` replies hold a JSON-RPC reply of their own. */
export function unwrapResult(result: unknown): unknown {
  if (!isObject(result) || !isObject(result.result)) return result
  return 'jsonrpc' in result.result ? result.result.result : result.result
}
