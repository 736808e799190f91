import { randomUUID } from 'node:crypto'
import type { LegOptions } from '@roomful/media'
import type { CallId, MemberId, VideoRoomSession } from '@roomful/protocol'
import type { Cancel } from '../lib/Clock.ts'
import type { RoomHost } from './RoomHost.ts'
import type { DetachReason, ParticipantSession } from './ParticipantSession.ts'

/** `lost`: no packets, closed by the browser, or gone with its media process. */
export type LegState = 'connecting' | 'active' | 'lost'

/** One call of a participant. */
export type Leg = {
  /** Name of the call towards the media process: client-chosen call ids are unique per session only. */
  readonly legId: string
  readonly callId: CallId
  fingerprint: string
  options: LegOptions
  state: LegState
  /** What its client was answered last; null before. */
  answerSdp: string | null
  /** When `state` became what it is. */
  stateSinceMs: number
}

export function createLeg(callId: CallId, fingerprint: string, options: LegOptions, nowMs: number): Leg {
  return {
    legId: randomUUID(),
    callId,
    fingerprint,
    options,
    state: 'connecting',
    answerSdp: null,
    stateSinceMs: nowMs,
  }
}

/**
 * A member or audience participant of a room, and its calls. Screens and devices are participants too, with one
 * call each, beside that of their owner.
 */
export class Participant {
  readonly host: RoomHost
  /** Screens and devices: whose they are. They have its session. */
  readonly parent: Participant | null
  readonly children = new Set<Participant>()
  readonly memberId: MemberId
  readonly session: ParticipantSession
  /** The call that counts; after a swap the earlier ones stay until their `verto.bye`. */
  mainLeg: Leg
  readonly legs = new Map<CallId, Leg>()
  /** `hold()`: neither heard nor seen, and hears nothing. */
  held = false
  /** Its media process died; it has been asked to invite again. */
  awaitsReinvite = false
  /** Its media was gone when it lost its socket, and it has not invited since. */
  resumesMedia = false
  /** It was told of a new role and has not called anew. */
  awaitsRoleCall = false
  /** Set while the session has no socket. */
  detached: { reason: DetachReason; atMs: number } | null = null
  /** The room as the client last knew it, while it cannot be told of changes. */
  lastKnown: VideoRoomSession | null = null
  /** The room knows it no more. */
  left = false
  cancelPresence: Cancel | null = null
  cancelResync: Cancel | null = null
  cancelStallWatch: Cancel | null = null

  constructor(
    host: RoomHost,
    memberId: MemberId,
    session: ParticipantSession,
    leg: Leg,
    parent: Participant | null = null,
  ) {
    this.parent = parent
    parent?.children.add(this)
    this.host = host
    this.memberId = memberId
    this.session = session
    this.mainLeg = leg
    this.legs.set(leg.callId, leg)
  }

  /** The call with this id, of the participant or of one of its screens and devices. */
  findCall(callId: CallId): { owner: Participant; leg: Leg } | undefined {
    for (const owner of [this, ...this.children]) {
      const leg = owner.legs.get(callId)
      if (leg !== undefined) return { owner, leg }
    }
    return undefined
  }

  legById(legId: string): Leg | undefined {
    for (const leg of this.legs.values()) if (leg.legId === legId) return leg
    return undefined
  }

  cancelTimers(): void {
    this.cancelPresence?.()
    this.cancelResync?.()
    this.cancelStallWatch?.()
    this.cancelPresence = null
    this.cancelResync = null
    this.cancelStallWatch = null
  }
}
