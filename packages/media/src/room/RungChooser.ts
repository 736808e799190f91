import { RateMeter } from './RateMeter.ts'

/** Below this share of what is sent, an estimate means that the line is full (on a jittery one it is some 75 %). */
const fullLineShare = 0.6
/** Below this share for long, too. */
const tightLineShare = 0.7
const tightLineMs = 4000
/** Right after a step down: an estimate below this share of the new rung says that one step was not enough. */
const tooMuchShare = 0.85
/** A browser measures for some seconds before it sends its first estimate. */
const firstWordMs = 2000
/** Less than this is sent: nothing can be told from it. */
const minSentBps = 60_000

/** Share of packets lost for good in one report: the line is full. In two in a row: the same. */
const heavyLoss = 0.2
const lastingLoss = 0.1

/** Reports that come sooner after a change may still be about the time before. */
const settleMs = 1500
/** With this share of packets asked for again, a keyframe would only be more to lose. */
const heavyNacks = 0.2
/** More keyframes than this within that time, and the picture is too much for the line. */
const maxKeyframes = 3
const keyframeWindowMs = 6000

/** Time from a step down to the first look for more, doubled with every look that failed, and from step to step up. */
const firstProbeMs = 4000
const maxProbeMs = 60_000
const nextProbeMs = 1000
/** A fall sooner than this after a rise means that the rise was wrong, and the next one waits for twice as long. */
const provenMs = 30_000
/** A probe doubles what is sent this often, and holds the full rate for this long. */
const probeStepMs = 500
const probeHoldMs = 2000
/** An estimate that does not rise by this much under a probe is the last word. */
const probeRise = 1.03
/** More loss than that, or more packets asked for again than before: the probe has failed. */
const probeLoss = 0.08
const probeExtraNacks = 0.15
const probeFreeNacks = 6

type Probe = {
  startedAtMs: number
  fromBps: number
  /** Before it began: the share of packets asked for again, and the estimate. */
  nacksBefore: number
  estimateBps: number
  fillers: number
  nacked: number
}

export type RungChooserOptions = {
  /** Best first. */
  rungs: readonly { bitrateBps: number }[]
  nowMs: number
}

/**
 * Which size of the picture one receiver gets. Goes down as soon as its line cannot take more: the browser's estimate
 * (REMB) lies well below what is sent, or much is lost for good. Goes up after a while by one rung, and only after a
 * probe: fillers, which disturb nobody else, make up the next rung's bitrate for two seconds, since an estimate
 * never says more than what arrives. Pure: all `nowMs` are of one monotonic clock.
 */
export class RungChooser {
  readonly #rungs: readonly { bitrateBps: number }[]
  readonly #sent = new RateMeter()
  readonly #fillers = new RateMeter()
  #rung = 0
  #changedAtMs: number
  #roseAtMs = -Infinity
  #tight: { estimateBps: number; sinceMs: number } | undefined
  #isAfterProbe = false
  #estimateBps = Infinity
  #startedAtMs: number | undefined
  /** What the receiver named before it can have measured anything: it gets no more until it names more. */
  #wordBps = Infinity
  #lossBefore = 0
  #keyframesAtMs: number[] = []
  #probeIntervalMs = firstProbeMs
  #probeAtMs = Infinity
  #probe: Probe | undefined

  constructor({ rungs, nowMs }: RungChooserOptions) {
    this.#rungs = rungs
    this.#changedAtMs = nowMs - settleMs
  }

  /** 0 is the best. */
  get rung(): number {
    return this.#rung
  }

  get isProbing(): boolean {
    return this.#probe !== undefined
  }

  /** What is lost now may be the chooser's own doing, by a probe or a rung too high: it says little about the line. */
  isSettling(nowMs: number): boolean {
    return this.#probe !== undefined || nowMs - this.#changedAtMs < settleMs
  }

  /** Bits per second sent to the receiver over the last second. */
  sentBps(nowMs: number): number {
    return this.#sent.bitrateBps(nowMs)
  }

  /** The same without fillers. */
  mediaBps(nowMs: number): number {
    return this.sentBps(nowMs) - this.#fillers.bitrateBps(nowMs)
  }

  /** Bytes sent for the first time: packets and fillers. */
  onSent(bytes: number, nowMs: number, isFiller = false): void {
    this.#startedAtMs ??= nowMs
    this.#sent.add(bytes, nowMs)
    if (!isFiller) return
    this.#fillers.add(bytes, nowMs)
    if (this.#probe) this.#probe.fillers++
  }

  /** Packets that the receiver asks for again, each once. A probe that loses any number of them ends at once. */
  onNacked(packets: number, nowMs: number): void {
    const probe = this.#probe
    if (!probe) return
    probe.nacked += packets
    const allowed = probeFreeNacks + probe.fillers * (probe.nacksBefore + probeExtraNacks)
    if (probe.nacked > allowed) this.#probeFailed(nowMs)
  }

  /** REMB: what the browser believes that its line takes. */
  onEstimate(estimateBps: number, nowMs: number): void {
    const sentBps = this.sentBps(nowMs)
    const fell = estimateBps < this.#estimateBps * 0.97
    const isFirst = this.#estimateBps === Infinity
    this.#estimateBps = estimateBps
    if (isFirst && nowMs - (this.#startedAtMs ?? nowMs) < firstWordMs) {
      // Nothing can have been measured yet: who speaks now knows.
      if (estimateBps >= this.#rungs[this.#rung]!.bitrateBps * fullLineShare) return
      this.#wordBps = estimateBps
      this.#goDown(estimateBps, nowMs)
      return
    }
    if (estimateBps > this.#wordBps * probeRise) this.#wordBps = Infinity
    if (sentBps < minSentBps) return
    if (this.#probe) {
      // While it rises it only lags behind; when it falls, packets are waiting somewhere.
      if (fell && estimateBps < sentBps * tightLineShare) this.#probeFailed(nowMs)
      return
    }
    if (nowMs - this.#changedAtMs < settleMs) {
      // It may be about the rung before, but this says that the line does not take the new one either.
      const isTooMuch = estimateBps < this.#rungs[this.#rung]!.bitrateBps * tooMuchShare
      if (fell && isTooMuch && !this.#isAfterProbe) this.#goDown(estimateBps, nowMs)
      return
    }
    if ((fell && estimateBps < sentBps * fullLineShare) || this.#isTight(estimateBps, sentBps, nowMs)) {
      this.#goDown(estimateBps, nowMs)
    }
  }

  /** A report of the receiver. `share`: of the packets since the one before that never came, 0 to 1. */
  onLoss(share: number, nowMs: number): void {
    const before = this.#lossBefore
    this.#lossBefore = share
    if (this.#probe) {
      if (share > probeLoss) this.#probeFailed(nowMs)
      return
    }
    if (nowMs - this.#changedAtMs < settleMs) return
    if (share >= heavyLoss || (share >= lastingLoss && before >= lastingLoss)) {
      this.#goDown(this.sentBps(nowMs) * (1 - share), nowMs)
    }
  }

  /**
   * The receiver cannot go on without a keyframe. True: make one of its rung. False: it goes down instead, which
   * brings one of a rung that its line can take. `nackShare`: of its packets that it asks for again.
   */
  onPictureLoss(nackShare: number, nowMs: number): boolean {
    if (this.#probe) this.#probeFailed(nowMs)
    this.#keyframesAtMs = this.#keyframesAtMs.filter((atMs) => nowMs - atMs < keyframeWindowMs)
    this.#keyframesAtMs.push(nowMs)
    const isTooMuch = nackShare >= heavyNacks || this.#keyframesAtMs.length > maxKeyframes
    if (!isTooMuch || this.#rung === this.#rungs.length - 1) return true
    // Right after a step down, what is lost may still be of the rung before.
    if (nowMs - this.#changedAtMs < settleMs) return true
    this.#keyframesAtMs = []
    this.#goDown(this.#rungs[this.#rung + 1]!.bitrateBps, nowMs)
    return false
  }

  /** To be called every 20 to 100 ms: begins probes, ends them, and goes up. `nackShare` as above. */
  poll(nackShare: number, nowMs: number): void {
    if (this.#probe) {
      if (nowMs < this.#probeEndMs()) return
      if (this.#isHeld(this.#probe.estimateBps)) this.#probeFailed(nowMs)
      else this.#goUp(nowMs)
      return
    }
    if (this.#rung === 0 || nowMs < this.#probeAtMs || this.#lossBefore > probeLoss) return
    if (this.#rungs[this.#rung - 1]!.bitrateBps <= this.#wordBps) {
      const fromBps = Math.max(this.sentBps(nowMs), this.#rungs.at(-1)!.bitrateBps)
      const estimateBps = this.#estimateBps
      this.#probe = {
        startedAtMs: nowMs,
        fromBps,
        nacksBefore: nackShare,
        estimateBps,
        fillers: 0,
        nacked: 0,
      }
    }
  }

  /** Bits per second that pictures and fillers together shall have now; 0: no fillers. */
  probeBps(nowMs: number): number {
    if (!this.#probe) return 0
    const { startedAtMs, fromBps } = this.#probe
    const doublings = 1 + Math.floor((nowMs - startedAtMs) / probeStepMs)
    return Math.min(fromBps * 2 ** doublings, this.#rungs[this.#rung - 1]!.bitrateBps)
  }

  /** Little for long, and no sign of more: an estimate that only lags behind rises by 8 % a second. */
  #isTight(estimateBps: number, sentBps: number, nowMs: number): boolean {
    if (estimateBps >= sentBps * tightLineShare) {
      this.#tight = undefined
      return false
    }
    if (this.#tight === undefined || estimateBps > this.#tight.estimateBps * 1.05) {
      this.#tight = { estimateBps, sinceMs: nowMs }
    }
    return nowMs - this.#tight.sinceMs >= tightLineMs
  }

  /** The estimate was below what the next rung needs, and stayed where it was. */
  #isHeld(estimateBeforeBps: number): boolean {
    const estimateBps = this.#estimateBps
    return (
      estimateBps < this.#rungs[this.#rung - 1]!.bitrateBps && estimateBps < estimateBeforeBps * probeRise
    )
  }

  #probeEndMs(): number {
    const { startedAtMs, fromBps } = this.#probe!
    const doublings = Math.max(1, Math.ceil(Math.log2(this.#rungs[this.#rung - 1]!.bitrateBps / fromBps)))
    return startedAtMs + (doublings - 1) * probeStepMs + probeHoldMs
  }

  #probeFailed(nowMs: number): void {
    this.#probe = undefined
    this.#probeIntervalMs = Math.min(maxProbeMs, this.#probeIntervalMs * 2)
    this.#probeAtMs = nowMs + this.#probeIntervalMs
    // What the fillers have done to the line is no sign that the rung is too high.
    this.#changedAtMs = nowMs
    this.#isAfterProbe = true
    this.#lossBefore = 0
    this.#tight = undefined
  }

  #goDown(estimateBps: number, nowMs: number): void {
    const last = this.#rungs.length - 1
    if (this.#rung === last) return
    let rung = this.#rung + 1
    while (rung < last && this.#rungs[rung]!.bitrateBps > estimateBps) rung++
    // A fall soon after a rise says that the rise was wrong.
    const wasWrong = nowMs - this.#roseAtMs < provenMs
    this.#probeIntervalMs = wasWrong ? Math.min(maxProbeMs, this.#probeIntervalMs * 2) : firstProbeMs
    this.#change(rung, nowMs)
    this.#probeAtMs = nowMs + this.#probeIntervalMs
  }

  #goUp(nowMs: number): void {
    this.#probe = undefined
    this.#change(this.#rung - 1, nowMs)
    this.#roseAtMs = nowMs
    this.#probeAtMs = nowMs + nextProbeMs
  }

  #change(rung: number, nowMs: number): void {
    this.#rung = rung
    this.#changedAtMs = nowMs
    this.#isAfterProbe = false
    this.#tight = undefined
    this.#lossBefore = 0
  }
}
