import type { Participant } from './Participant.ts'
import { updatePresence } from './presence.ts'
import { tellRole } from './roles.ts'
import type { RoomHost } from './RoomHost.ts'

/** The media process is gone: so are all legs; calls that had been replaced need not be kept. */
export function forgetLegs(host: RoomHost): void {
  for (const participant of host.participants.values()) {
    for (const leg of participant.legs.values()) {
      if (leg !== participant.mainLeg) participant.legs.delete(leg.callId)
    }
    participant.mainLeg.state = 'lost'
    participant.mainLeg.stateSinceMs = host.clock.nowMs()
    updatePresence(participant)
  }
}

/**
 * Has a client make a new peer connection. Our own SDK is asked to. The stock client has no such message, but
 * it does the same, without the user's noticing, when it is promoted: here to what it already is.
 */
export function requestReinvite(participant: Participant): void {
  const { session, mainLeg, parent } = participant
  if (session.agent.startsWith('roomful')) {
    session.sendVerto({ method: 'verto.attach', params: { callID: mainLeg.callId } })
    return
  }
  // With its new main call it ends its screens and devices.
  if (parent === null) tellRole(participant)
}

/**
 * 12 s after its media failed the stock client leaves; up to 5 s of them go by before its socket is back, and the
 * invite that follows this answer takes its time too. One that gathers candidates meanwhile, which takes 5 s at most,
 * begins anew with the answer.
 */
const stallMs = 2500

/**
 * In Chromium the first ICE restart of a connection with a pool of candidates gathers none, so a stock client whose
 * media failed waits for the answer to an offer that it never sends, and leaves, even if its media is back by then.
 * That offer differs from the last in its ICE credentials alone. So the last answer, under another version (RFC 3264
 * section 8), does for it too. The browser then still has its restart to negotiate, and with that offer the client
 * does invite.
 */
export function watchForStall(participant: Participant): void {
  participant.cancelStallWatch?.()
  participant.cancelStallWatch = null
  const { host, session } = participant
  if (!participant.resumesMedia || participant.awaitsReinvite || session.agent.startsWith('roomful')) return
  participant.cancelStallWatch = host.clock.setTimeout(() => {
    participant.cancelStallWatch = null
    const { mainLeg } = participant
    if (!participant.resumesMedia || participant.left || !session.connected || mainLeg.answerSdp === null)
      return
    participant.resumesMedia = false
    host.logger.info(
      { memberId: participant.memberId },
      'A client that does not offer its media anew is answered',
    )
    mainLeg.answerSdp = withNextVersion(mainLeg.answerSdp)
    session.sendVerto({ method: 'verto.answer', params: { callID: mainLeg.callId, sdp: mainLeg.answerSdp } })
  }, stallMs)
}

/** A later answer of the media process has a version of its own, which need only be another one. */
const versionStep = 1000

function withNextVersion(sdp: string): string {
  return sdp.replace(/^(o=\S+ \S+ )(\d+)/m, (_, before: string, version: string) => {
    return `${before}${Number(version) + versionStep}`
  })
}
