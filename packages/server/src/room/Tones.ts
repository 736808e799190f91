import type { RoomTone } from '@roomful/media'
import type { Changes } from './Changes.ts'
import type { Member } from './Member.ts'
import type { RoomState } from './RoomState.ts'

/** A crowd that comes or goes together is heard once in this time. */
export const toneIntervalMs = 1000

/** Says which tones are to sound: of people who the others are told have come or gone. */
export class Tones {
  readonly #state: RoomState
  readonly #soundedMs: Record<RoomTone, number> = { entry: -Infinity, exit: -Infinity }

  constructor(state: RoomState) {
    this.#state = state
  }

  /** The tones for what a command did in a session that goes on. */
  due({ joined, entered, withdrawn, left }: Changes, nowMs: number): RoomTone[] {
    const { settings, participantCount } = this.#state
    // Somebody who is alone has nobody to hear of it.
    const others = participantCount - (joined || entered || withdrawn ? 1 : 0)
    if (!settings.toneOnEntryAndExit || others === 0) return []
    const tones: RoomTone[] = []
    if (isPerson(joined ?? entered)) tones.push('entry')
    if (withdrawn || left.some(isPerson)) tones.push('exit')
    return tones.filter((tone) => {
      if (nowMs < this.#soundedMs[tone] + toneIntervalMs) return false
      this.#soundedMs[tone] = nowMs
      return true
    })
  }
}

const isPerson = (member: Member | null): boolean => member?.type === 'member'
