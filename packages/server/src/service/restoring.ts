import type { MemberId, RoomId, RoomSessionId } from '@roomful/protocol'
import { toPermission, type Permission, type VideoPosition } from '@roomful/protocol'
import { z } from 'zod'
import type { Effect, Snapshot } from '../room/types.ts'
import type { Participant } from './Participant.ts'

/**
 * What brings a participant back as it was, after the server was started anew or its grace time was over. The
 * server signs it and the client keeps it.
 */
export type Restorable = {
  memberId: MemberId
  roomId: RoomId
  roomSessionId: RoomSessionId
  snapshot: Snapshot
}

/** Another version of the server may have made it. */
export const restorableSchema = z.object({
  memberId: z.uuid(),
  roomId: z.uuid(),
  roomSessionId: z.uuid(),
  snapshot: z.object({
    joinAs: z.enum(['member', 'audience']),
    mediaAllowed: z.enum(['all', 'audio-only', 'video-only']),
    promoted: z.boolean(),
    permissions: z
      .array(z.string())
      .transform((names): Permission[] => names.flatMap((name) => toPermission(name) ?? [])),
    name: z.string(),
    meta: z.record(z.string(), z.unknown()),
    audioMuted: z.boolean(),
    videoMuted: z.boolean(),
    deaf: z.boolean(),
    inputVolumeDb: z.number(),
    outputVolumeDb: z.number(),
    inputSensitivity: z.number(),
    handRaised: z.boolean(),
    requestedPosition: z.custom<VideoPosition>((value) => typeof value === 'string'),
    removeAtMs: z.number().nullable(),
  }),
}) satisfies z.ZodType<Restorable>

/** What to restore of a participant; null for one that the room knows no more. */
export function restorableOf({ host, memberId }: Participant): Restorable | null {
  const snapshot = host.core.snapshotOf(memberId)
  if (snapshot === undefined) return null
  const { roomSessionId, settings } = host.core
  return { memberId, roomId: settings.roomId, roomSessionId, snapshot }
}

/** Hands the client the state of now. */
export function sendState(participant: Participant): void {
  participant.session.remember(restorableOf(participant))
  participant.session.sendAuthorizationState()
}

/** Properties of a member that live in the state. */
const kept: ReadonlySet<string> = new Set([
  'audio_muted',
  'video_muted',
  'deaf',
  'handraised',
  'input_volume',
  'output_volume',
  'input_sensitivity',
  'requested_position',
  'meta',
])

/** Members whose state is not what their clients were handed last. */
export function staleStates(effects: readonly Effect[]): Set<MemberId> {
  const stale = new Set<MemberId>()
  for (const effect of effects) {
    if (effect.kind !== 'event' || effect.type !== 'video.member.updated') continue
    const { id, updated } = effect.params.member
    if (updated.some((name) => kept.has(name))) stale.add(id)
  }
  return stale
}
