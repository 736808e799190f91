import { RoomError } from '@roomful/protocol'
import type { Command } from './command.ts'

/** A request of the API that this server does not carry out: refused in so many words, never ignored. */
export const unavailable = (what: string): Command => ({
  run: () => {
    throw new RoomError('conflict', `${what} not available on this server`)
  },
})
