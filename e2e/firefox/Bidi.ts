/** A value as WebDriver BiDi serializes it (`script.RemoteValue`), as far as results of tests need it. */
type RemoteValue = { type: string; value?: unknown }

type Reply = { id?: number; method?: string; params?: unknown; result?: unknown } & {
  error?: string
  message?: string
}

type Waiting = { resolve: (result: unknown) => void; reject: (error: Error) => void }

/** Longest time for a command, which may wait for a promise of the page, e.g. for a join. */
const commandTimeoutMs = 60_000

/** Commands and events of WebDriver BiDi over one WebSocket. */
export class Bidi {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, Waiting>()
  /** Called with each event that was subscribed to. */
  onEvent: ((method: string, params: Record<string, unknown>) => void) | undefined
  #lastId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.onmessage = ({ data }) => this.#onMessage(JSON.parse(String(data)) as Reply)
    socket.onclose = () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('The browser has gone'))
      this.#waiting.clear()
    }
  }

  static connect(url: string): Promise<Bidi> {
    const socket = new WebSocket(url)
    return new Promise((resolve, reject) => {
      socket.onopen = () => resolve(new Bidi(socket))
      socket.onerror = () => reject(new Error(`No WebDriver BiDi at ${url}`))
    })
  }

  send<T = unknown>(method: string, params: object): Promise<T> {
    const id = ++this.#lastId
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        reject(new Error(`${method} took longer than ${commandTimeoutMs / 1000} s`))
      }, commandTimeoutMs)
      const settled = () => clearTimeout(timer)
      this.#waiting.set(id, {
        resolve: (result) => (settled(), resolve(result as T)),
        reject: (error) => (settled(), reject(error)),
      })
      this.#socket.send(JSON.stringify({ id, method, params }))
    })
  }

  close(): void {
    this.#socket.close()
  }

  #onMessage({ id, method, params, result, error, message }: Reply): void {
    if (id === undefined) {
      if (method !== undefined) this.onEvent?.(method, (params ?? {}) as Record<string, unknown>)
      return
    }
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(result)
    else waiting?.reject(new Error(`${error}: ${message}`))
  }
}

type Evaluated =
  { type: 'success'; result: RemoteValue } | { type: 'exception'; exceptionDetails: { text: string } }

/** Calls a function in a page with one argument of plain data; resolves with its result, also plain data. */
export async function callInPage<T>(
  bidi: Bidi,
  context: string,
  source: string,
  argument: unknown,
): Promise<T> {
  // JSON both ways: what BiDi's own serialization says of objects would have to be taken apart.
  const json = argument === undefined ? undefined : JSON.stringify(argument)
  const evaluated = await bidi.send<Evaluated>('script.callFunction', {
    functionDeclaration: `async (json) => {
      const result = await (${source})(json === undefined ? undefined : JSON.parse(json))
      return JSON.stringify(result)
    }`,
    arguments: [json === undefined ? { type: 'undefined' } : { type: 'string', value: json }],
    target: { context },
    awaitPromise: true,
    userActivation: true,
  })
  if (evaluated.type === 'exception') throw new Error(evaluated.exceptionDetails.text)
  const { result } = evaluated
  return (result.type === 'string' ? JSON.parse(String(result.value)) : undefined) as T
}
