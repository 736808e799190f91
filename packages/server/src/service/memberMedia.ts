import type { OutputEvent, PlayerEvent, RoomMediaEvent } from '@roomful/media'
import { updatePresence } from './presence.ts'
import type { RoomHost } from './RoomHost.ts'

/** What the media tells of members and their calls. */
export type MemberMediaEvent = Exclude<RoomMediaEvent, OutputEvent | PlayerEvent | { type: 'preview' }>

/**
 * Takes note that a member talks or not, or that a call's media came, went or came back. `onConnected`: a call's
 * sound and picture are connected for the first time, so long after it came in.
 */
export function takeMemberMedia(
  host: RoomHost,
  event: MemberMediaEvent,
  onConnected: (afterMs: number) => void,
): void {
  if (event.type === 'talking') {
    const memberId = event.sourceId
    if (!host.participants.has(memberId)) return
    host.apply(host.command({ type: 'talking', memberId, talking: event.talking }).effects)
    return
  }
  for (const participant of host.participants.values()) {
    const leg = participant.legById(event.legId)
    if (leg === undefined) continue
    const lost = event.type === 'leg.closed' || (event.type === 'leg.idle' && event.idle)
    host.logger.debug({ memberId: participant.memberId, legId: leg.legId, event: event.type, lost }, 'Leg')
    if (lost && leg !== participant.mainLeg) {
      // Left over from a swap whose bye never came.
      participant.legs.delete(leg.callId)
      host.media.closeLeg(leg.legId)
      return
    }
    const state = lost ? 'lost' : 'active'
    if (leg.state !== state) {
      const nowMs = host.clock.nowMs()
      if (leg.state === 'connecting' && !lost) onConnected(nowMs - leg.stateSinceMs)
      leg.state = state
      leg.stateSinceMs = nowMs
    }
    updatePresence(participant)
    return
  }
}
