/** Round trip times count for this long; the longest of them decides. */
const roundTripMemoryMs = 10_000
const maxRoundTrips = 32

/** Packets asked for again are counted against those sent, over at least this long and this many. */
const windowMs = 500
const minWindowPackets = 20
/** What of them, and at least how many, make a line a lossy one, and for how long after it was last seen. */
const lossyNackShare = 0.03
const minLossyNacks = 3
const lossyAudioShare = 0.02
const lossyForMs = 15_000

/** A lost packet is asked for, comes, and may have to be asked for once more. */
const roundTripsToMend = 2.5
const minPlayoutDelayMs = 200
const maxPlayoutDelayMs = 800

/**
 * How good the line to one browser is, from what the browser reports: round trip time, lost sound, pictures' packets
 * asked for again. Decides what a lossy line gets: sound twice, and pictures (and with them sound) shown late enough
 * to be mended before. Pure: all `nowMs` are of one monotonic clock.
 */
export class LineQuality {
  readonly #roundTrips: { ms: number; atMs: number }[] = []
  #windowStartMs = 0
  #sent = 0
  #nacked = 0
  #nackShare = 0
  #lossyUntilMs = -Infinity
  #delayMs = 0
  #delayHoldUntilMs = -Infinity
  /** Of sound to the browser, by its last report; 0 to 1. */
  audioLossShare = 0

  onRoundTrip(ms: number, nowMs: number): void {
    this.#roundTrips.push({ ms, atMs: nowMs })
    if (this.#roundTrips.length > maxRoundTrips) this.#roundTrips.shift()
  }

  /** `share`: of the packets of sound since the report before, 0 to 1. */
  onAudioLoss(share: number, nowMs: number): void {
    this.audioLossShare = share
    if (share >= lossyAudioShare) this.#lossyUntilMs = nowMs + lossyForMs
  }

  onVideoSent(packets: number, nowMs: number): void {
    this.#roll(nowMs)
    this.#sent += packets
  }

  /** `isOwnDoing`: more was sent than the line takes, so that this says nothing of how lossy it is. */
  onVideoNacked(packets: number, nowMs: number, isOwnDoing = false): void {
    this.#roll(nowMs)
    this.#nacked += packets
    if (isOwnDoing || this.#nacked < minLossyNacks) return
    if (this.nackShare >= lossyNackShare) this.#lossyUntilMs = nowMs + lossyForMs
  }

  /** The longest of the last 10 s; undefined: not known yet. */
  roundTripMs(nowMs: number): number | undefined {
    const roundTrips = this.#roundTrips
    while (roundTrips[0] !== undefined && nowMs - roundTrips[0].atMs > roundTripMemoryMs) roundTrips.shift()
    return roundTrips.length === 0 ? undefined : Math.max(...roundTrips.map(({ ms }) => ms))
  }

  /** Share of the picture's packets that are asked for again, 0 to 1, of about the last second. */
  get nackShare(): number {
    const current = this.#sent >= minWindowPackets ? this.#nacked / this.#sent : 0
    return Math.min(1, Math.max(current, this.#nackShare))
  }

  isLossy(nowMs: number): boolean {
    return nowMs < this.#lossyUntilMs
  }

  /** How long the browser shall hold what it shows at least; 0: as it likes. Rises at once, falls after a while. */
  playoutDelayMs(nowMs: number): number {
    const neededMs = this.isLossy(nowMs) ? this.#neededDelayMs(nowMs) : 0
    if (neededMs >= this.#delayMs) this.#delayHoldUntilMs = nowMs + lossyForMs
    if (neededMs > this.#delayMs || nowMs > this.#delayHoldUntilMs) this.#delayMs = neededMs
    return this.#delayMs
  }

  #neededDelayMs(nowMs: number): number {
    const ms = Math.ceil(((this.roundTripMs(nowMs) ?? 0) * roundTripsToMend) / 100) * 100
    return Math.min(maxPlayoutDelayMs, Math.max(minPlayoutDelayMs, ms))
  }

  #roll(nowMs: number): void {
    if (nowMs - this.#windowStartMs < windowMs || this.#sent < minWindowPackets) return
    this.#nackShare = this.#nacked / this.#sent
    this.#sent = 0
    this.#nacked = 0
    this.#windowStartMs = nowMs
  }
}
