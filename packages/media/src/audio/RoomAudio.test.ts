import { afterEach, describe, expect, test } from 'vitest'
import { defaultListenerSettings, defaultSourceSettings } from '../types.ts'
import { frameSamples, sampleRateHz } from './constants.ts'
import { openCodecCount } from './opus/codecContext.ts'
import { goertzelDb, OpusTone, rmsDb } from './testing/index.ts'
import type { OpusRecorder } from './testing/index.ts'
import { RoomRig } from './testing/RoomRig.ts'

const closing: { close(): void }[] = []
afterEach(() => {
  for (const closable of closing.splice(0)) closable.close()
  expect(openCodecCount()).toBe(0)
})

function newRig(): RoomRig {
  const rig = new RoomRig()
  closing.push(rig)
  return rig
}

function tone(frequencyHz: number, amplitude = 0.25): OpusTone {
  const opusTone = new OpusTone({ frequencyHz, amplitude, bitrateBps: 48_000 })
  closing.push(opusTone)
  return opusTone
}

function addMember(rig: RoomRig, name: string, opusTone: OpusTone): OpusRecorder {
  rig.addSender({ sourceId: name, next: () => opusTone.next() })
  return rig.addListener(name, name)
}

const level = (recorder: OpusRecorder, frequencyHz: number, durationMs = 500): number =>
  goertzelDb(recorder.last(durationMs), sampleRateHz, frequencyHz)

const frequenciesHz = { ann: 440, ben: 700, cem: 1100 } as const

function threeMembers(rig: RoomRig): Record<keyof typeof frequenciesHz, OpusRecorder> {
  return {
    ann: addMember(rig, 'ann', tone(frequenciesHz.ann)),
    ben: addMember(rig, 'ben', tone(frequenciesHz.ben)),
    cem: addMember(rig, 'cem', tone(frequenciesHz.cem)),
  }
}

describe('mix-minus', () => {
  test('nobody hears the sound of their own screen, and everybody else does', () => {
    const rig = newRig()
    const { ann, ben } = threeMembers(rig)
    rig.addSender({ sourceId: 'screen', next: () => screen.next() })
    const screen = tone(1700)
    rig.room.setSource('screen', { ...defaultSourceSettings, parentSourceId: 'ann' })
    rig.run(2000)
    expect(level(ann, 1700)).toBeLessThan(-12 - 40)
    expect(Math.abs(level(ann, frequenciesHz.ben) + 12)).toBeLessThan(1)
    expect(Math.abs(level(ben, 1700) + 12)).toBeLessThan(1)
    rig.room.setSource('screen', defaultSourceSettings)
    rig.run(1000)
    expect(Math.abs(level(ann, 1700) + 12)).toBeLessThan(1)
  })

  test('everyone hears the others as they are and not oneself', () => {
    const rig = newRig()
    const members = threeMembers(rig)
    const audience = rig.addListener('audience')
    rig.run(2000)
    for (const [listener, recorder] of Object.entries(members)) {
      for (const [source, frequencyHz] of Object.entries(frequenciesHz)) {
        const heardDb = level(recorder, frequencyHz)
        if (source === listener) expect(heardDb, `${listener} hears itself`).toBeLessThan(-12 - 40)
        else expect(Math.abs(heardDb + 12), `${listener} hears ${source} at ${heardDb} dB`).toBeLessThan(1)
      }
    }
    for (const frequencyHz of Object.values(frequenciesHz)) {
      expect(Math.abs(level(audience, frequencyHz) + 12)).toBeLessThan(1)
    }
    expect(rig.room.stats()).toMatchObject({ ownMixes: 3, sharedMixes: 1 })
  })

  test('those who are silent share one encode', () => {
    const rig = newRig()
    addMember(rig, 'ann', tone(440))
    for (let i = 0; i < 10; i++) rig.addListener(`quiet ${i}`, `source ${i}`)
    rig.run(1000)
    const before = rig.room.stats()
    rig.run(1000)
    const after = rig.room.stats()
    expect(after).toMatchObject({ ownMixes: 1, sharedMixes: 1, encoders: 2 })
    // One for all; what ann hears is lasting silence and not encoded at all.
    expect(after.framesEncoded - before.framesEncoded).toBe(50)
  })

  test('a listener keeps its encoder for 2 s after its source fell silent', () => {
    const rig = newRig()
    addMember(rig, 'ann', tone(440))
    rig.run(500)
    rig.room.setSource('ann', { ...defaultSourceSettings, audioMuted: true })
    rig.run(1960)
    expect(rig.room.stats()).toMatchObject({ ownMixes: 1, sharedMixes: 0 })
    rig.run(100)
    expect(rig.room.stats()).toMatchObject({ ownMixes: 0, sharedMixes: 1 })
  })

  test('the RTP time of a room counts 960 per tick, is the same for all, and a stream starts with a marker', () => {
    const rig = newRig()
    rig.addListener('first')
    rig.run(100)
    rig.addListener('second')
    rig.run(100)
    const of = (id: string) => rig.sent.filter(({ listenerId }) => listenerId === id)
    expect(of('first')).toHaveLength(10)
    expect(of('second')).toHaveLength(5)
    expect(of('second').map(({ rtpTimestamp }) => rtpTimestamp)).toEqual(
      of('first')
        .slice(5)
        .map(({ rtpTimestamp }) => rtpTimestamp),
    )
    for (const [index, packet] of of('first').entries()) {
      expect(packet.marker).toBe(index === 0)
      expect(packet.rtpTimestamp).toBe((of('first')[0]!.rtpTimestamp + index * frameSamples) % 2 ** 32)
    }
    expect(of('second').map(({ marker }) => marker)).toEqual([true, false, false, false, false])
  })
})

describe('volumes', () => {
  test.each([
    [-10, 0.25],
    [6, 0.25],
    [20, 0.02],
    [50, 0.0006],
  ])('input volume of %i dB changes a tone by as much', (inputVolumeDb, amplitude) => {
    const rig = newRig()
    addMember(rig, 'ann', tone(440, amplitude))
    const ear = rig.addListener('ear')
    rig.room.setSource('ann', { ...defaultSourceSettings, inputVolumeDb })
    rig.run(1500)
    expect(Math.abs(level(ear, 440) - (20 * Math.log10(amplitude) + inputVolumeDb))).toBeLessThan(1)
  })

  test.each([-10, 6])('output volume of %i dB is that of one listener only', (outputVolumeDb) => {
    const rig = newRig()
    addMember(rig, 'ann', tone(440))
    const changed = rig.addListener('changed')
    const plain = rig.addListener('plain')
    rig.run(500)
    rig.room.setListener('changed', { ...defaultListenerSettings, outputVolumeDb })
    rig.run(1500)
    expect(Math.abs(level(changed, 440) + 12 - outputVolumeDb)).toBeLessThan(1)
    expect(Math.abs(level(plain, 440) + 12)).toBeLessThan(1)
  })

  test('listeners with the same volume share one encode, those with their own voice in the mix do not', () => {
    const rig = newRig()
    addMember(rig, 'ann', tone(440))
    for (let i = 0; i < 4; i++) {
      rig.addListener(`soft ${i}`)
      rig.room.setListener(`soft ${i}`, { deaf: false, outputVolumeDb: -6 })
    }
    rig.room.setListener('ann', { deaf: false, outputVolumeDb: -6 })
    rig.run(500)
    expect(rig.room.stats()).toMatchObject({ ownMixes: 1, sharedMixes: 1 })
  })

  test('-50 is silence, in and out, and packets go on', () => {
    const rig = newRig()
    addMember(rig, 'ann', tone(440))
    const ear = rig.addListener('ear')
    rig.room.setSource('ann', { ...defaultSourceSettings, inputVolumeDb: -50 })
    rig.run(1000)
    expect(rmsDb(ear.last(500))).toBeLessThan(-90)
    rig.room.setSource('ann', defaultSourceSettings)
    rig.run(1000)
    expect(level(ear, 440)).toBeGreaterThan(-13)
    rig.room.setListener('ear', { deaf: false, outputVolumeDb: -50 })
    rig.run(1000)
    expect(rmsDb(ear.last(500))).toBeLessThan(-90)
    expect(rig.sent.filter(({ listenerId }) => listenerId === 'ear')).toHaveLength(150)
  })

  test('a deaf listener hears silence in packets that never pause, and hears again afterwards', () => {
    const rig = newRig()
    const { ann } = threeMembers(rig)
    rig.run(500)
    rig.room.setListener('ann', { outputVolumeDb: 0, deaf: true })
    rig.run(3000)
    expect(rmsDb(ann.last(2500))).toBeLessThan(-90)
    expect(rig.sent.filter(({ listenerId }) => listenerId === 'ann')).toHaveLength(175)
    rig.room.setListener('ann', { outputVolumeDb: 0, deaf: false })
    rig.run(1000)
    expect(level(ann, frequenciesHz.ben)).toBeGreaterThan(-13)
    expect(level(ann, frequenciesHz.ann)).toBeLessThan(-52)
  })

  test('a muted source is gone within the next frame and costs no decoding', () => {
    const rig = newRig()
    addMember(rig, 'ann', tone(440))
    const ear = rig.addListener('ear')
    rig.run(1000)
    expect(level(ear, 440)).toBeGreaterThan(-13)
    rig.room.setSource('ann', { ...defaultSourceSettings, audioMuted: true })
    rig.run(60)
    ear.clear()
    rig.run(1000)
    expect(rmsDb(ear.samples)).toBeLessThan(-80)
    rig.room.setSource('ann', defaultSourceSettings)
    rig.run(1000)
    expect(level(ear, 440)).toBeGreaterThan(-13)
    // Nothing was concealed: what was not played was not missed.
    expect(rig.room.stats().sources[0]!.concealedSamples).toBe(0)
  })

  test('sixteen full-scale sources are limited, never wrapped', () => {
    const rig = newRig()
    for (let i = 0; i < 16; i++) addMember(rig, `loud ${i}`, tone(200 + 110 * i, 1))
    const ear = rig.addListener('ear')
    rig.run(1000)
    // The mix itself is tested to stay within ±1 (Mix.test.ts); coding adds ripples, a wrap would bury all.
    for (let i = 0; i < 16; i++) {
      expect(level(ear, 200 + 110 * i), `tone ${i}`).toBeGreaterThan(-32)
    }
    expect(rmsDb(ear.last(500))).toBeLessThan(0)
    expect(rmsDb(ear.last(500))).toBeGreaterThan(-8)
  })
})

describe('encoder switching', () => {
  /** Energy at 4 kHz and above, where two pure tones have none and a click has much; dB per 5 ms. */
  function loudestClickDb(samples: Float32Array): number {
    let loudest = -200
    const high = new Float32Array(240)
    for (let start = 3; start + 240 <= samples.length; start += 120) {
      for (let i = 0; i < 240; i++) {
        const at = start + i
        // Third difference: +18 dB per octave, -60 dB at 440 Hz.
        high[i] = samples[at]! - 3 * samples[at - 1]! + 3 * samples[at - 2]! - samples[at - 3]!
      }
      loudest = Math.max(loudest, rmsDb(high))
    }
    return loudest
  }

  test('moving to an own encoder and back makes no click', () => {
    const rig = newRig()
    addMember(rig, 'ben', tone(440))
    const ann = rig.addListener('ann', 'ann')
    rig.run(2000)
    const steadyDb = loudestClickDb(ann.last(1500))
    ann.clear()
    // ann speaks: own encoder; what it hears stays the same tone.
    const voice = tone(700)
    rig.addSender({ sourceId: 'ann', next: () => voice.next() })
    rig.run(1000)
    expect(rig.room.stats().ownMixes).toBe(2)
    rig.removeSender('ann')
    rig.run(4000)
    expect(rig.room.stats().ownMixes).toBe(1)
    const switchingDb = loudestClickDb(ann.samples)
    expect(switchingDb - steadyDb, `steady ${steadyDb} dB, switching ${switchingDb} dB`).toBeLessThan(6)
    expect(Math.abs(level(ann, 440) + 12)).toBeLessThan(1)
  })

  test('a change of output volume makes no click', () => {
    const rig = newRig()
    addMember(rig, 'ben', tone(440))
    const ear = rig.addListener('ear')
    rig.run(2000)
    const steadyDb = loudestClickDb(ear.last(1500))
    ear.clear()
    for (const outputVolumeDb of [-12, 0, -50, 0]) {
      rig.room.setListener('ear', { deaf: false, outputVolumeDb })
      rig.run(400)
    }
    const changingDb = loudestClickDb(ear.samples)
    expect(changingDb - steadyDb, `steady ${steadyDb} dB, changing ${changingDb} dB`).toBeLessThan(12)
  })
})

describe('talking', () => {
  test('is told once when it starts and once when it ends, 0.8 s after the sound', () => {
    const rig = newRig()
    const voice = tone(440)
    rig.addSender({ sourceId: 'ann', next: () => voice.next() })
    rig.run(1000)
    expect(rig.talking).toMatchObject([{ sourceId: 'ann', talking: true }])
    const stoppedMs = rig.nowMs
    rig.removeSender('ann')
    rig.run(2000)
    expect(rig.talking).toHaveLength(2)
    expect(rig.talking[1]).toMatchObject({ sourceId: 'ann', talking: false })
    const hangoverMs = rig.talking[1]!.atMs - stoppedMs
    expect(hangoverMs).toBeGreaterThanOrEqual(800)
    expect(hangoverMs).toBeLessThanOrEqual(1000)
  })

  test('depends on the sensitivity: a soft voice talks at 80 only, a loud one at 30 too, none at 0', () => {
    const rig = newRig()
    const soft = tone(440, 0.005)
    const loud = tone(700, 0.1)
    rig.addSender({ sourceId: 'soft', next: () => soft.next() })
    rig.addSender({ sourceId: 'loud', next: () => loud.next() })
    const ear = rig.addListener('ear')
    rig.run(1000)
    expect(rig.talking).toMatchObject([{ sourceId: 'loud', talking: true }])
    expect(rig.talking).toHaveLength(1)
    // Too soft to be talking, yet heard.
    expect(Math.abs(level(ear, 440) - 20 * Math.log10(0.005))).toBeLessThan(2)

    rig.room.setSource('soft', { ...defaultSourceSettings, inputSensitivity: 80 })
    rig.run(500)
    expect(rig.talking[1]).toMatchObject({ sourceId: 'soft', talking: true })

    rig.room.setSource('loud', { ...defaultSourceSettings, inputSensitivity: 0 })
    rig.run(1000)
    expect(rig.talking[2]).toMatchObject({ sourceId: 'loud', talking: false })
    expect(rig.talking).toHaveLength(3)
    expect(level(ear, 700)).toBeLessThan(-80)
  })

  test('ends at once when the source is muted', () => {
    const rig = newRig()
    const voice = tone(440)
    rig.addSender({ sourceId: 'ann', next: () => voice.next() })
    rig.run(500)
    rig.room.setSource('ann', { ...defaultSourceSettings, audioMuted: true })
    expect(rig.talking).toMatchObject([{ talking: true }, { talking: false }])
    rig.run(1000)
    expect(rig.talking).toHaveLength(2)
  })
})

describe('lifecycle', () => {
  test('200 joins and leaves leave no codec open', () => {
    const rig = newRig()
    const voice = tone(440)
    const packets = Array.from({ length: 10 }, () => voice.next())
    const before = openCodecCount()
    for (let cycle = 0; cycle < 200; cycle++) {
      const id = `member ${cycle}`
      rig.room.addSource(id)
      rig.room.addListener(id, { excludeSourceId: id })
      for (const packet of packets) {
        rig.room.pushRtp(id, packet, rig.nowMs)
        rig.run(20)
      }
      rig.room.removeListener(id)
      rig.room.removeSource(id)
    }
    // Encoders wait 10 s for the next who needs one.
    expect(openCodecCount() - before).toBeLessThanOrEqual(3)
    rig.run(10_100)
    expect(openCodecCount() - before).toBe(0)
    expect(rig.room.stats()).toMatchObject({ listeners: 0, encoders: 0, sources: [] })
  })

  test('unknown names and a closed room do nothing, closing twice is fine', () => {
    const rig = newRig()
    const packet = tone(440).next()
    rig.room.pushRtp('nobody', packet, rig.nowMs)
    rig.room.setSource('nobody', defaultSourceSettings)
    rig.room.setListener('nobody', defaultListenerSettings)
    rig.room.removeSource('nobody')
    rig.room.removeListener('nobody')
    rig.run(100)
    rig.room.addListener('ear', { excludeSourceId: null })
    rig.room.close()
    rig.room.close()
    rig.room.addSource('late')
    rig.room.pushRtp('late', packet, rig.nowMs)
    rig.run(100)
    expect(rig.sent).toHaveLength(0)
  })

  test('payloads that are not Opus are survived and counted', () => {
    const rig = newRig()
    rig.addListener('ear')
    rig.room.addSource('fuzz')
    let seed = 20_260
    const random = (below: number): number => {
      seed = (seed * 1_664_525 + 1_013_904_223) >>> 0
      return seed % below
    }
    for (let i = 0; i < 500; i++) {
      const payload = Uint8Array.from({ length: random(80) }, () => random(256))
      rig.room.pushRtp(
        'fuzz',
        { sequenceNumber: i, rtpTimestamp: i * frameSamples, payload, marker: false },
        rig.nowMs,
      )
      rig.run(20)
    }
    expect(rig.sent, 'seed 20260').toHaveLength(500)
    expect(rig.room.stats().sources[0]!.packetsInvalid).toBeGreaterThan(0)
  })
})
