import { expect, it } from 'vitest'
import { createPacketizer } from './codec.ts'
import type { VideoCodec } from './codec.ts'
import { fuzzSeeds, h264Frame, payloadsOf, rtpPacket, seededRandom, vp8Frame } from './testSupport.ts'
import { VideoReceiver } from './VideoReceiver.ts'
import type { ReceivedFrame } from './VideoReceiver.ts'

type SentFrame = { data: Uint8Array; isKey: boolean; index: number }
type Network = {
  loss: number
  burstLoss: number
  jitterMs: number
  duplication: number
  feedbackLoss: number
}

const oneWayMs = 20
const frameMs = 40
const badUntilMs = 20_000
const endMs = 24_000

/** A sender and a receiver with a bad network between them, in simulated time; the last 4 s are faultless. */
function simulate(codec: VideoCodec, network: Network, seed: number) {
  const random = seededRandom(seed)
  const packetizer = createPacketizer(codec, 300)
  const sent = new Map<number, SentFrame>()
  const kept = new Map<number, Buffer>()
  const arrived = new Set<number>()
  const delivered: ReceivedFrame[] = []
  const keyframeRequests: number[] = []
  const agenda = new Map<number, (() => void)[]>()
  let nowMs = 0
  let inBurst = false
  let keyframeWanted = true
  // Both wrap within the run.
  let sequenceNumber = 64_000 + Math.floor(random() * 1000)
  let timestamp = 2 ** 32 - 200 * 3600

  const at = (timeMs: number, action: () => void) => {
    const time = Math.round(timeMs)
    agenda.set(time, [...(agenda.get(time) ?? []), action])
  }
  const isBad = () => nowMs < badUntilMs

  const receiver = new VideoReceiver(
    { codec, payloadType: 96 },
    {
      onFrame: (frame) => delivered.push(frame),
      onNack: (wanted) => {
        const needless = wanted.filter((number) => arrived.has(number))
        if (needless.length > 0) expect.unreachable(`packets ${needless.join()} are here and were asked for`)
        if (isBad() && random() < network.feedbackLoss) return
        at(nowMs + oneWayMs, () => wanted.forEach((number) => transmit(number)))
      },
      onKeyframeNeeded: () => {
        keyframeRequests.push(nowMs)
        if (isBad() && random() < network.feedbackLoss) return
        at(nowMs + oneWayMs, () => (keyframeWanted = true))
      },
    },
  )

  function transmit(number: number): void {
    const packet = kept.get(number)
    if (!packet) throw new Error(`packet ${number} was asked for and never sent`)
    if (random() < 0.02) inBurst = !inBurst
    const lost = isBad() && random() < (inBurst ? network.burstLoss : network.loss)
    const copies = random() < network.duplication ? 2 : 1
    for (let i = 0; i < copies && !lost; i++) {
      const jitterMs = isBad() ? random() * network.jitterMs : 0
      at(nowMs + oneWayMs + jitterMs, () => {
        arrived.add(number)
        receiver.push(packet, nowMs)
      })
    }
  }

  function send(payload: Uint8Array, marker: boolean, padding: number): void {
    const number = sequenceNumber++ & 0xffff
    // The simulation sends fewer packets than the numbers go round, so each number is one packet.
    kept.set(number, rtpPacket({ sequenceNumber: number, timestamp, marker, payload, padding }))
    transmit(number)
  }

  let index = 0
  for (; nowMs < endMs; nowMs++) {
    if (nowMs % frameMs === 0 && nowMs < endMs - 500) {
      const isKey = keyframeWanted
      keyframeWanted = false
      timestamp = (timestamp + 3600) >>> 0
      const length = Math.floor((isKey ? 3000 : 200) + random() * 1500)
      const data = codec === 'vp8' ? vp8Frame(isKey, length, random) : h264Frame(isKey, length, random)
      sent.set(timestamp, { data, isKey, index: index++ })
      for (const { payload, isLast } of payloadsOf((writer) => packetizer.packetize(data, writer))) {
        send(payload, isLast, 0)
      }
      if (random() < 0.1) send(new Uint8Array(0), false, 100)
    }
    agenda.get(nowMs)?.forEach((action) => action())
    agenda.delete(nowMs)
    if (nowMs % 20 === 0) receiver.poll(nowMs)
  }
  return { sent, delivered, keyframeRequests, frames: index, receiver }
}

const networks: [string, Network][] = [
  ['a good network', { loss: 0, burstLoss: 0, jitterMs: 0, duplication: 0, feedbackLoss: 0 }],
  ['reordering and duplicates', { loss: 0, burstLoss: 0, jitterMs: 30, duplication: 0.2, feedbackLoss: 0 }],
  ['light loss', { loss: 0.02, burstLoss: 0.02, jitterMs: 10, duplication: 0.01, feedbackLoss: 0.02 }],
  [
    'heavy loss in bursts',
    { loss: 0.05, burstLoss: 0.8, jitterMs: 25, duplication: 0.05, feedbackLoss: 0.3 },
  ],
]
const cases = networks.flatMap(([name, network]) =>
  (['vp8', 'h264'] as const).flatMap((codec) => fuzzSeeds(2).map((seed) => ({ name, network, codec, seed }))),
)

it.each(cases)(
  'delivers an unbroken picture: $codec over $name (seed $seed)',
  ({ network, codec, seed, name }) => {
    const { sent, delivered, keyframeRequests, frames, receiver } = simulate(codec, network, seed)
    let before = -1
    for (const frame of delivered) {
      const original = sent.get(frame.rtpTimestamp)
      if (!original) expect.unreachable(`a frame with timestamp ${frame.rtpTimestamp} was never sent`)
      expect(Buffer.compare(frame.data, original.data)).toBe(0)
      expect(frame.isKey).toBe(original.isKey)
      expect(original.index).toBeGreaterThan(before)
      // Never past a gap, except to a keyframe.
      if (original.index !== before + 1 || before === -1) expect(frame.isKey).toBe(true)
      before = original.index
    }
    // Once the network is good, everything comes through to the last frame.
    expect(before).toBe(frames - 1)
    expect(delivered.slice(-60).map((frame) => sent.get(frame.rtpTimestamp)?.index)).toEqual(
      Array.from({ length: 60 }, (_, i) => frames - 60 + i),
    )
    for (const [i, requestedAtMs] of keyframeRequests.entries()) {
      expect(requestedAtMs - (keyframeRequests[i - 1] ?? -Infinity)).toBeGreaterThanOrEqual(300)
    }
    // How many frames light loss costs is chance: a NACK lost at the wrong moment takes a quarter of a second.
    const leastShare = network.loss === 0 ? 0.98 : 0.9
    if (name !== 'heavy loss in bursts') expect(delivered.length).toBeGreaterThan(frames * leastShare)
    else expect(receiver.stats.breaks).toBeGreaterThan(0)
    if (network.loss === 0) expect(keyframeRequests.length).toBeLessThanOrEqual(1)
  },
)
