import { RoomSessionError } from '../errors.ts'

export type TransportHandlers = {
  onFrame: (text: string) => void
  /** Called once, after the connection was open. */
  onClose: (reason: string) => void
}

const connectTimeoutMs = 10_000

/** One WebSocket connection, from `open` to its end. Text frames only. */
export class WebSocketTransport {
  readonly #socket: WebSocket

  private constructor(socket: WebSocket) {
    this.#socket = socket
  }

  /** Resolves once the connection is open; rejects with `connection_failed` or, if `signal` fires, `aborted`. */
  static open(url: string, handlers: TransportHandlers, signal: AbortSignal): Promise<WebSocketTransport> {
    return new Promise((resolve, reject) => {
      const fail = (detail: string, cause?: unknown) => {
        cleanUp()
        reject(new RoomSessionError('connection_failed', `Could not connect to ${url}: ${detail}`, { cause }))
      }
      if (signal.aborted)
        return reject(new RoomSessionError('aborted', 'The connection is no longer wanted.'))
      let socket: WebSocket
      try {
        socket = new WebSocket(url)
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error)
        return reject(
          new RoomSessionError('connection_failed', `Could not connect to ${url}: ${detail}`, {
            cause: error,
          }),
        )
      }
      const timer = setTimeout(() => {
        socket.close()
        fail(`no connection within ${connectTimeoutMs / 1000} s.`)
      }, connectTimeoutMs)
      const onAbort = () => {
        cleanUp()
        socket.close()
        reject(new RoomSessionError('aborted', 'The connection is no longer wanted.'))
      }
      const cleanUp = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        socket.onopen = socket.onclose = socket.onerror = null
      }
      signal.addEventListener('abort', onAbort)
      socket.onerror = () => undefined // The close event that follows ends the attempt.
      socket.onclose = (event) => fail(`the connection was closed${describeClose(event)}.`)
      socket.onopen = () => {
        cleanUp()
        socket.onmessage = (event: MessageEvent<unknown>) => {
          if (typeof event.data === 'string') handlers.onFrame(event.data)
        }
        socket.onclose = (event) => {
          socket.onmessage = socket.onclose = null
          handlers.onClose(`closed${describeClose(event)}`)
        }
        resolve(new WebSocketTransport(socket))
      }
    })
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  send(text: string): void {
    if (this.isOpen) this.#socket.send(text)
  }

  /** Closes without calling `onClose`. */
  close(): void {
    this.#socket.onmessage = this.#socket.onclose = null
    this.#socket.close(1000)
  }
}

function describeClose(event: CloseEvent): string {
  return event.code ? ` (code ${event.code}${event.reason ? `, ${event.reason}` : ''})` : ''
}
