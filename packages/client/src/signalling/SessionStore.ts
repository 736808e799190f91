type SessionStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

export type StoredSession = {
  /** Names the session to the server; kept over socket losses. */
  protocol?: string
  /** Opaque text of the server, handed back with `protocol`. */
  authorizationState?: string
  /** Call to take up again. */
  callId?: string
}

const keys: Record<keyof StoredSession, string> = { protocol: 'pt', authorizationState: 'as', callId: 'ci' }

/** Rooms whose storage keys are used by a room object of this page: a second one must not take its call. */
const claimedRooms = new Set<string>()

/**
 * What lets a reloaded page take up its call: in memory, and in `sessionStorage` under `pt-`, `as-` and
 * `ci-` plus the room's name (the keys of the original client, so that either can go on where the other was).
 */
export class SessionStore {
  readonly #values: StoredSession = {}
  readonly #room: string | undefined
  readonly #storage: SessionStorage | undefined

  /** Without `room`, or if another object of this page has claimed it, nothing is stored. */
  constructor(room: string | undefined, storage: SessionStorage | undefined) {
    if (!room || !storage || claimedRooms.has(room)) return
    claimedRooms.add(room)
    this.#room = room
    this.#storage = storage
    for (const name of Object.keys(keys) as (keyof StoredSession)[]) {
      try {
        this.#values[name] = storage.getItem(`${keys[name]}-${room}`) ?? undefined
      } catch {
        return // Storage may be denied by the browser's settings; the session then lives in memory only.
      }
    }
  }

  get<Name extends keyof StoredSession>(name: Name): StoredSession[Name] {
    return this.#values[name]
  }

  set(name: keyof StoredSession, value: string | undefined): void {
    this.#values[name] = value
    if (this.#room === undefined) return
    const key = `${keys[name]}-${this.#room}`
    try {
      if (value === undefined) this.#storage?.removeItem(key)
      else this.#storage?.setItem(key, value)
    } catch {
      // Full or denied: reattaching after a reload will not work, everything else does.
    }
  }

  /** Forgets the session: it ended, or the server does not know it. */
  clear(): void {
    for (const name of Object.keys(keys) as (keyof StoredSession)[]) this.set(name, undefined)
  }

  /** Lets another room object of this page use the storage. */
  release(): void {
    if (this.#room !== undefined) claimedRooms.delete(this.#room)
  }
}
