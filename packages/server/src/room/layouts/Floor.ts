import type { MemberId } from '@roomful/protocol'

/** How long a member must talk, while the holder is silent, before it becomes the active speaker. */
export const floorHoldMs = 1000

/** A member on the canvas, as the floor sees it. */
export type Speaker = {
  readonly id: MemberId
  /** Whether its picture can be shown. Someone without one does not take the floor. */
  readonly hasPicture: boolean
  /** null: silent. */
  readonly talkingSinceMs: number | null
}

/** Who is the active speaker: the one whom layouts with a place for it show large. */
export class Floor {
  holderId: MemberId | null = null

  /** Looks who has the floor now. `speakers` are in the order they joined. */
  update(speakers: readonly Speaker[], nowMs: number): void {
    const holder = speakers.find((each) => each.id === this.holderId)
    if (holder && holder.talkingSinceMs !== null) return
    const next = longestTalking(speakers, holder ? nowMs - floorHoldMs : nowMs)
    // Without a speaker the first one with a picture is as good as any; an empty big tile is worse.
    const fallback = holder ?? speakers.find((each) => each.hasPicture) ?? speakers[0]
    this.holderId = (next ?? fallback)?.id ?? null
  }

  /** When the floor may move although nothing happens; null: it will not. */
  nextChangeMs(speakers: readonly Speaker[]): number | null {
    const holder = speakers.find((each) => each.id === this.holderId)
    if (!holder || holder.talkingSinceMs !== null) return null
    const since = candidates(speakers).map((each) => each.talkingSinceMs)
    return since.length === 0 ? null : Math.min(...since) + floorHoldMs
  }
}

type Talking = Speaker & { readonly talkingSinceMs: number }

const candidates = (speakers: readonly Speaker[]): Talking[] =>
  speakers.filter((each): each is Talking => each.hasPicture && each.talkingSinceMs !== null)

/** Of those who have talked since `byMs` at the latest, the one who has talked longest. */
function longestTalking(speakers: readonly Speaker[], byMs: number): Talking | undefined {
  let found: Talking | undefined
  for (const each of candidates(speakers)) {
    if (each.talkingSinceMs <= byMs && each.talkingSinceMs < (found?.talkingSinceMs ?? Infinity)) found = each
  }
  return found
}
