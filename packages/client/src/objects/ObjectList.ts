import { RoomSessionError } from '../errors.ts'
import type { ObjectData, ObjectRequest, SessionObject } from './SessionObject.ts'

/** Ended ones that are remembered, so that a list gives the same objects. */
const maxEnded = 100

/** The objects of one kind that this client knows, by id. */
export class ObjectList<Data extends ObjectData, Item extends SessionObject<Data>> {
  readonly #kind: string
  readonly #make: (data: Data, request: ObjectRequest) => Item
  readonly #request: ObjectRequest
  readonly #items = new Map<string, Item>()

  /** `kind`: under which name replies have it, e.g. `recording`. */
  constructor(kind: string, make: (data: Data, request: ObjectRequest) => Item, request: ObjectRequest) {
    this.#kind = kind
    this.#make = make
    this.#request = request
  }

  /** The object that `data` is of, up to date; undefined if it is none. */
  take(data: unknown): Item | undefined {
    if (!isData<Data>(data)) return undefined
    const known = this.#items.get(data.id)
    if (known) {
      known.update(data)
      return known
    }
    const item = this.#make(data, this.#request)
    this.#items.set(item.id, item)
    this.#forgetOld()
    return item
  }

  takeAll(list: unknown): Item[] {
    return Array.isArray(list) ? list.flatMap((data) => this.take(data) ?? []) : []
  }

  /** What runs as `room.subscribed` has it: whatever is not in it has ended meanwhile. */
  replaceRunning(list: unknown): Item[] {
    const running = this.takeAll(list)
    for (const item of this.#items.values()) {
      if (!running.includes(item)) item.markEnded()
    }
    return running
  }

  /** The object of a reply that must have one. */
  fromReply(method: string, reply: unknown): Item {
    const item = this.take((reply as Record<string, unknown> | undefined)?.[this.#kind])
    if (item) return item
    throw new RoomSessionError('protocol_error', `The reply to ${method}() has no ${this.#kind}.`)
  }

  /** The objects of a reply that must have a list of them. */
  listFromReply(method: string, reply: unknown): Item[] {
    const list = (reply as Record<string, unknown> | undefined)?.[`${this.#kind}s`]
    if (Array.isArray(list)) return this.takeAll(list)
    throw new RoomSessionError('protocol_error', `The reply to ${method}() has no ${this.#kind}s.`)
  }

  #forgetOld(): void {
    const ended = [...this.#items.values()].filter(({ state }) => state === 'completed')
    for (const { id } of ended.slice(0, -maxEnded)) this.#items.delete(id)
  }
}

const isData = <Data extends ObjectData>(value: unknown): value is Data =>
  typeof value === 'object' && value !== null && typeof (value as Partial<ObjectData>).id === 'string'
