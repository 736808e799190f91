import { RoomError } from '@roomful/protocol'
import type { Actor, MediaReport } from '../room/types.ts'
import type { Reply } from './Reply.ts'
import type { RoomHost } from './RoomHost.ts'

/** Who waits for the answer to a request. */
export type Asker = {
  actor: Actor
  reply: Reply
  /** Whether it is out of the room, or its client has given up. */
  isGone: () => boolean
}

/**
 * Gives the room what the media has done for somebody, who is answered before anybody is told. Throws if the room
 * does not want it any more; then whatever the media did is to be undone. What cannot be undone, such as a pause, is
 * `lasting`: the room takes it also if whoever asked for it is gone meanwhile.
 */
export function commit(
  host: RoomHost,
  report: MediaReport,
  asker: Asker | null,
  steps: {
    /** Throws if it came to nothing meanwhile. */
    check?: () => void
    /** The room has taken it. */
    accepted?: () => void
    lasting?: boolean
  } = {},
): Promise<void> {
  return host.run(() => {
    if (host.ended) throw new RoomError('conflict', 'The room session has ended')
    const isGone = asker !== null && (asker.isGone() || asker.reply.settled)
    if (isGone && steps.lasting !== true) throw new RoomError('conflict', 'Whoever asked for it is gone')
    steps.check?.()
    const { result, effects } = host.command(report, isGone ? undefined : asker?.actor)
    steps.accepted?.()
    if (!isGone) asker?.reply.send({ code: '200', message: 'OK', ...result })
    host.apply(effects)
  })
}
