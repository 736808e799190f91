/** Sends a request about the room; rejects with the server's refusal. */
export type ObjectRequest = (method: string, params: Record<string, unknown>) => Promise<unknown>

/** What recordings, streams and playbacks have in common, as the server tells it. */
export type ObjectData = {
  id: string
  room_id?: string
  room_session_id?: string
  state: string
  /** Unix seconds, with fractions; so is `ended_at`. */
  started_at?: number
  ended_at?: number
  error?: string
}

/** Something that was started in a room. Events keep it up to date: it is the same object all the time. */
export abstract class SessionObject<Data extends ObjectData> {
  #data: Data
  readonly #request: ObjectRequest

  /** @internal */
  constructor(data: Data, request: ObjectRequest) {
    this.#data = data
    this.#request = request
  }

  /** Its id, unique in all rooms. */
  get id(): string {
    return this.#data.id
  }

  /** Id of its room. */
  get roomId(): string {
    return this.#data.room_id ?? ''
  }

  /** Id of the session of the room that it belongs to. */
  get roomSessionId(): string {
    return this.#data.room_session_id ?? ''
  }

  /** What it is doing: `completed` once it has ended. */
  get state(): Data['state'] {
    return this.#data.state
  }

  /** When it was started. */
  get startedAt(): Date | undefined {
    return toDate(this.#data.started_at)
  }

  /** When it ended; undefined while it runs. */
  get endedAt(): Date | undefined {
    return toDate(this.#data.ended_at)
  }

  /** Why it ended by itself, in words; undefined if it was stopped or came to its end. */
  get error(): string | undefined {
    return this.#data.error
  }

  /** All its values, for `JSON.stringify()`. */
  toJSON(): Record<string, unknown> {
    const { id, roomId, roomSessionId, state, startedAt, endedAt, error } = this
    return { id, roomId, roomSessionId, state, startedAt, endedAt, error }
  }

  /** @internal What the server says of it now. */
  update(data: Data): void {
    this.#data = { ...data }
  }

  /** @internal Its end was not told: it was while this client had no connection. */
  markEnded(): void {
    if (this.#data.state !== 'completed') this.#data = { ...this.#data, state: 'completed' }
  }

  /** @internal */
  protected get data(): Data {
    return this.#data
  }

  /** @internal */
  protected async request(method: string, params: Record<string, unknown>): Promise<void> {
    await this.#request(method, params)
  }
}

const toDate = (seconds: number | undefined): Date | undefined =>
  seconds === undefined ? undefined : new Date(seconds * 1000)
