import type { ServerEventType } from '@roomful/protocol'

/** Channel of what starts and ends in a project. */
export const allRoomsChannel = 'video.rooms'

/** A client may ask for what it likes; more than this is a mistake. */
const maxChannels = 1000

/** Events that a client makes itself, and those of the server that it makes them from. */
const madeByClient: Readonly<Record<string, readonly ServerEventType[]>> = {
  'video.memberList.updated': ['video.member.joined', 'video.member.updated', 'video.member.left'],
  'video.room.audienceCount': ['video.room.audience_count'],
}

/** What one client wants to be told: names of events, by channel. */
export class Subscriptions {
  readonly #events = new Map<string, Set<string>>()
  /** Rooms whose state the client was told when it began to listen. */
  readonly #introduced = new Set<string>()

  /** False: too many channels. */
  add(channel: string, events: readonly string[]): boolean {
    let wanted = this.#events.get(channel)
    if (wanted === undefined) {
      if (this.#events.size >= maxChannels) return false
      wanted = new Set()
      this.#events.set(channel, wanted)
    }
    for (const event of events) {
      for (const name of madeByClient[event] ?? [event]) wanted.add(name)
    }
    return true
  }

  remove(channel: string, events: readonly string[]): void {
    const wanted = this.#events.get(channel)
    if (wanted === undefined) return
    for (const event of events) {
      for (const name of madeByClient[event] ?? [event]) wanted.delete(name)
    }
    if (wanted.size === 0) this.#events.delete(channel)
  }

  /** True the first time: a second introduction multiplies the events of the stock client. */
  introduce(channel: string): boolean {
    if (this.#introduced.has(channel)) return false
    this.#introduced.add(channel)
    return true
  }

  /** A room is over: its channel says nothing more. */
  forget(channel: string): void {
    this.#events.delete(channel)
    this.#introduced.delete(channel)
  }

  /** Whether an event of a room is wanted. `member.updated` is also wanted as `member.updated.audio_muted`. */
  wants(type: ServerEventType, channel: string): boolean {
    if (type === 'video.room.started' || type === 'video.room.ended') {
      if (this.#events.get(allRoomsChannel)?.has(type)) return true
    }
    const wanted = this.#events.get(channel)
    if (wanted === undefined) return false
    if (wanted.has(type)) return true
    for (const name of wanted) if (name.startsWith(`${type}.`)) return true
    return false
  }
}
