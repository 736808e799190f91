import { describe, expect, it } from 'vitest'
import { RungChooser } from './RungChooser.ts'

const rungs = [{ bitrateBps: 2_000_000 }, { bitrateBps: 500_000 }, { bitrateBps: 150_000 }]

/**
 * A receiver on a line of `lineBps`, with a clock moved by hand. `browser`: it sends REMB, as Chromium computes it:
 * from the fifth second on; what arrives at first; 85 % of it when packets queue; otherwise 8 % a second more, but not beyond 1.5 times of it.
 */
class Simulation {
  readonly chooser = new RungChooser({ rungs, nowMs: 0 })
  lineBps = Infinity
  loss = 0
  contentShare = 0.9
  readonly history: { atMs: number; rung: number }[] = [{ atMs: 0, rung: 0 }]
  probeMs = 0
  readonly #browser: boolean
  #nowMs = 0
  #estimateBps: number | undefined
  #sentBytes = 0
  #arrivedBytes = 0

  constructor(browser: boolean) {
    this.#browser = browser
  }

  run(ms: number): this {
    const untilMs = this.#nowMs + ms
    for (; this.#nowMs < untilMs; this.#nowMs += 20) this.#tick()
    return this
  }

  get nowMs(): number {
    return this.#nowMs
  }

  #tick(): void {
    const { chooser } = this
    const nowMs = this.#nowMs
    chooser.poll(0, nowMs)
    if (chooser.isProbing) this.probeMs += 20
    const mediaBps = rungs[chooser.rung]!.bitrateBps * this.contentShare
    const fillerBps = Math.max(0, chooser.probeBps(nowMs) - mediaBps)
    chooser.onSent((mediaBps * 20) / 8000, nowMs)
    if (fillerBps > 0) chooser.onSent((fillerBps * 20) / 8000, nowMs, true)
    const sentBps = mediaBps + fillerBps
    this.#sentBytes += (sentBps * 20) / 8000
    this.#arrivedBytes += (Math.min(sentBps * (1 - this.loss), this.lineBps) * 20) / 8000
    if (nowMs % 1000 === 980) this.#report(nowMs)
    if (this.history.at(-1)!.rung !== chooser.rung) this.history.push({ atMs: nowMs, rung: chooser.rung })
  }

  #report(nowMs: number): void {
    const arrivedBps = this.#arrivedBytes * 8
    const lost = 1 - this.#arrivedBytes / this.#sentBytes
    const isFull = arrivedBps >= this.lineBps * 0.99
    const before = this.#estimateBps ?? arrivedBps
    this.#estimateBps = isFull
      ? Math.min(before, arrivedBps * 0.85)
      : Math.max(before, Math.min(before * 1.08, arrivedBps * 1.5))
    if (this.#browser && nowMs > 5000) this.chooser.onEstimate(this.#estimateBps, nowMs)
    this.chooser.onLoss(lost, nowMs)
    this.#sentBytes = 0
    this.#arrivedBytes = 0
  }
}

describe.each([
  ['with REMB', true],
  ['from reports alone', false],
])('RungChooser %s', (_, browser) => {
  it('stays at the top on a good line, and never probes', () => {
    const line = new Simulation(browser).run(120_000)
    expect(line.history).toHaveLength(1)
    expect(line.probeMs).toBe(0)
  })

  it('stays at the top with 5 % of random loss', () => {
    const line = new Simulation(browser)
    line.loss = 0.05
    expect(line.run(60_000).history).toHaveLength(1)
  })

  it('is where a line of 400 kbps can follow within two seconds, and back when it is good again', () => {
    const line = new Simulation(browser).run(10_000)
    line.lineBps = 400_000
    line.run(2000)
    expect(line.chooser.rung).toBe(2)
    expect(line.history.at(-1)!.atMs).toBeLessThanOrEqual(12_000)
    line.run(1000)
    line.lineBps = Infinity
    line.run(14_000)
    expect(line.history.map(({ rung }) => rung)).toEqual([0, 2, 1, 0])
  })

  it('keeps to the middle where only that fits', () => {
    const line = new Simulation(browser).run(5000)
    line.lineBps = 900_000
    line.run(60_000)
    expect(line.chooser.rung).toBe(1)
  })

  it('looks for more ever more rarely, and disturbs a thin line little', () => {
    const line = new Simulation(browser)
    line.lineBps = 400_000
    line.run(300_000)
    expect(line.history.map(({ rung }) => rung)).toEqual([0, 2])
    expect(line.probeMs).toBeGreaterThan(0)
    expect(line.probeMs).toBeLessThan(300_000 * 0.05)
  })

  it('goes down again from a rung that turned out too high, and waits longer the next time', () => {
    const line = new Simulation(browser).run(5000)
    line.lineBps = 400_000
    line.run(3000)
    line.lineBps = Infinity
    line.run(14_000)
    expect(line.chooser.rung).toBe(0)
    line.lineBps = 400_000
    line.run(3000)
    const fellAtMs = line.history.at(-1)!.atMs
    expect(line.chooser.rung).toBe(2)
    line.lineBps = Infinity
    line.run(30_000)
    expect(line.history.find(({ atMs }) => atMs > fellAtMs)!.atMs - fellAtMs).toBeGreaterThan(8000)
    expect(line.chooser.rung).toBe(0)
  })
})

it('RungChooser takes an estimate for what it is while little is sent', () => {
  const line = new Simulation(true)
  line.contentShare = 0.1
  // REMB never exceeds 1.5 times what arrives: far below the rung's bitrate, and no sign of a full line.
  expect(line.run(60_000).history).toHaveLength(1)
})

it('RungChooser takes a receiver at its word that names a low rate at once and sticks to it', () => {
  const chooser = new RungChooser({ rungs, nowMs: 0 })
  for (let nowMs = 0; nowMs < 120_000; nowMs += 20) {
    chooser.poll(0, nowMs)
    chooser.onSent((Math.max(rungs[chooser.rung]!.bitrateBps, chooser.probeBps(nowMs)) * 20) / 8000, nowMs)
    if (nowMs % 1000 === 100) chooser.onEstimate(200_000, nowMs)
    if (nowMs > 100) expect(chooser.rung).toBe(2)
    expect(chooser.isProbing).toBe(false)
  }
})

describe('RungChooser on lost pictures', () => {
  it('makes keyframes at first, and goes down when there are too many', () => {
    const chooser = new RungChooser({ rungs, nowMs: 0 })
    expect([5000, 6000, 7000, 8000].map((atMs) => chooser.onPictureLoss(0.02, atMs))).toEqual([
      true,
      true,
      true,
      false,
    ])
    expect(chooser.rung).toBe(1)
  })

  it('makes no keyframe at all for a line that loses nearly everything: it gets one of a lower rung', () => {
    const chooser = new RungChooser({ rungs, nowMs: 0 })
    expect(chooser.onPictureLoss(0.8, 5000)).toBe(false)
    expect(chooser.rung).toBe(1)
    // What is asked for right after is about the rung before.
    expect(chooser.onPictureLoss(0.8, 5500)).toBe(true)
    expect(chooser.onPictureLoss(0.8, 8000)).toBe(false)
    expect(chooser.rung).toBe(2)
    expect(chooser.onPictureLoss(0.8, 12_000)).toBe(true)
  })
})
