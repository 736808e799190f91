import type { Participant } from './Participant.ts'

export type GraceTimes = {
  /** How long a participant without a socket, or without media, keeps its place. */
  graceMs: number
  /**
   * The same when its own side closed the socket and the media ended with it: a killed or closed tab, or one that
   * is just being loaded anew.
   */
  vanishedGraceMs: number
}

/**
 * Media that was lost so long before its client closed the socket did not end with it: the stock client closes its
 * socket when its media has failed, to make another one.
 */
const apartMs = 1000

/**
 * Sets the one timer after which a participant counts as gone, from what is known of its socket and its
 * media. To be called after either has changed.
 */
export function updatePresence(participant: Participant): void {
  participant.cancelPresence?.()
  participant.cancelPresence = null
  if (participant.left) return
  const { host } = participant
  const deadlineMs = goneAtMs(participant)
  if (deadlineMs === null) return
  participant.cancelPresence = host.clock.setTimeout(() => {
    host
      .run(() => {
        // Its fate may have changed while the task waited.
        const nowDeadlineMs = goneAtMs(participant)
        if (participant.left || nowDeadlineMs === null) return
        // Or the timer came a little early, as timers may.
        if (nowDeadlineMs > host.clock.nowMs()) return updatePresence(participant)
        host.logger.info(
          {
            memberId: participant.memberId,
            socket: participant.detached?.reason ?? 'open',
            leg: participant.mainLeg.state,
          },
          'Member is gone',
        )
        host.vanish(participant)
      })
      .catch((error: unknown) => host.logger.error({ err: error }, 'Removing a vanished member failed'))
  }, deadlineMs - host.clock.nowMs())
}

/** When the participant counts as gone; null while all is well. */
export function goneAtMs(participant: Participant): number | null {
  const { detached, mainLeg, legs } = participant
  const { graceMs, vanishedGraceMs } = participant.host.grace
  // A leg that never connected has no media either.
  const mediaLost = [...legs.values()].every(({ state }) => state !== 'active')
  if (detached === null) return mediaLost ? mainLeg.stateSinceMs + graceMs : null
  const failedBefore = mainLeg.state === 'lost' && mainLeg.stateSinceMs + apartMs <= detached.atMs
  if (detached.reason === 'closed' && mediaLost && !failedBefore) return detached.atMs + vanishedGraceMs
  return detached.atMs + graceMs
}
