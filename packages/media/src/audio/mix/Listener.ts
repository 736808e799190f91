import type { ListenerSettings } from '../../types.ts'
import { gainFromDb } from '../gain.ts'
import type { MixStream } from './MixStream.ts'

/** A listener keeps its own encoder for 2 s after its own source was last in the mix. */
const holdAfterOwnSoundTicks = 100
/** A change of volume is slid through in an encoder of its own, which needs a few frames to settle. */
const holdAfterGainChangeTicks = 5

/** Someone who hears the mix: what it leaves out, how loud, and through which encoder. */
export class Listener {
  readonly id: string
  readonly excludeSourceId: string | null
  /** The listener's own encoder; null while it shares one. */
  own: MixStream | null = null
  /** The shared stream heard on the last tick; null before the first and while `own` is there. */
  shared: MixStream | null = null
  /** Whether this tick goes through `own`. */
  usesOwn = false
  /** The next packet is the first. */
  marker = true
  #gain = 1
  #targetGain = 1
  #ownUntilTick = 0
  #heard = false

  constructor(id: string, excludeSourceId: string | null) {
    this.id = id
    this.excludeSourceId = excludeSourceId
  }

  /** What was applied on the last tick. */
  get gain(): number {
    return this.#gain
  }

  get targetGain(): number {
    return this.#targetGain
  }

  set(settings: ListenerSettings): void {
    this.#targetGain = settings.deaf ? 0 : gainFromDb(settings.outputVolumeDb)
    // Nothing was heard yet: nothing to slide from.
    if (!this.#heard) this.#gain = this.#targetGain
  }

  /** Whether this tick needs an encoder of its own, given whether the own source is in the mix. */
  needsOwn(tick: number, ownSourceContributes: boolean): boolean {
    this.#heard = true
    if (this.#gain === 0 && this.#targetGain === 0) return tick < this.#ownUntilTick && this.own !== null
    if (ownSourceContributes) this.#ownUntilTick = tick + holdAfterOwnSoundTicks
    if (this.#gain !== this.#targetGain) {
      this.#ownUntilTick = Math.max(this.#ownUntilTick, tick + holdAfterGainChangeTicks)
    }
    return tick < this.#ownUntilTick
  }

  /** The gain has arrived. */
  settleGain(): void {
    this.#gain = this.#targetGain
  }
}
