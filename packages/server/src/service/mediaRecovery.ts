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
