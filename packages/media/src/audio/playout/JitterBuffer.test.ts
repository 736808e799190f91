import { describe, expect, test } from 'vitest'
import { JitterBuffer } from './JitterBuffer.ts'
import { Unwrapper } from './Unwrapper.ts'

const payload = (value: number): Uint8Array => Uint8Array.of(value & 0xff, 1, 2)

function takeAll(buffer: JitterBuffer): number[] {
  const sequences: number[] = []
  for (let first = buffer.first(); first; first = buffer.first()) {
    expect(first.payload[0]).toBe(first.sequence & 0xff)
    expect(first.size).toBe(3)
    sequences.push(first.sequence)
    buffer.dropFirst()
  }
  return sequences
}

describe('JitterBuffer', () => {
  test('hands packets out by number, each once', () => {
    const buffer = new JitterBuffer()
    for (const sequence of [5, 3, 9, 4, 3]) {
      buffer.insert(sequence, sequence * 960, 960, payload(sequence))
    }
    expect(buffer.size).toBe(4)
    expect(buffer.last()?.sequence).toBe(9)
    expect(takeAll(buffer)).toEqual([3, 4, 5, 9])
    expect(buffer.first()).toBeNull()
    expect(buffer.last()).toBeNull()
  })

  test('copies the payload', () => {
    const buffer = new JitterBuffer()
    const shared = payload(1)
    buffer.insert(1, 0, 960, shared)
    shared.fill(99)
    expect(takeAll(buffer)).toEqual([1])
  })

  test('never holds more than its slots: the oldest goes, and what is older than all is refused', () => {
    const buffer = new JitterBuffer()
    for (let sequence = 0; sequence < 1000; sequence++) buffer.insert(sequence, 0, 960, payload(sequence))
    expect(buffer.size).toBe(256)
    expect(buffer.first()?.sequence).toBe(744)
    expect(buffer.insert(743, 0, 960, payload(743))).toBe(false)
    expect(buffer.insert(5000, 0, 960, payload(5000))).toBe(true)
    expect(takeAll(buffer)).toEqual([5000])
  })

  test('refuses what cannot be an RTP payload', () => {
    expect(new JitterBuffer().insert(1, 0, 960, new Uint8Array(5000))).toBe(false)
  })

  test('agrees with a sorted set over random operations', () => {
    let seed = 4711
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((seed / 2 ** 32) * below)
    }
    const buffer = new JitterBuffer()
    const model = new Set<number>()
    let base = 0
    for (let step = 0; step < 20_000; step++) {
      if (random(3) > 0) {
        const sequence = base + random(100)
        expect(buffer.insert(sequence, 0, 960, payload(sequence)), 'seed 4711').toBe(!model.has(sequence))
        model.add(sequence)
      } else if (model.size > 0) {
        const lowest = Math.min(...model)
        expect(buffer.first()?.sequence, 'seed 4711').toBe(lowest)
        buffer.dropFirst()
        model.delete(lowest)
        base = lowest + 1
      }
      expect(buffer.size).toBe(model.size)
    }
  })
})

describe('Unwrapper', () => {
  test.each([16, 32] as const)('counts on past 2^%i, back and forth', (bits) => {
    const range = 2 ** bits
    const unwrapper = new Unwrapper(bits)
    expect(unwrapper.unwrap(range - 2)).toBe(range - 2)
    expect(unwrapper.unwrap(1)).toBe(range + 1)
    expect(unwrapper.unwrap(range - 1)).toBe(range - 1)
    expect(unwrapper.unwrap(2)).toBe(range + 2)
    expect(unwrapper.peek(3)).toBe(range + 3)
    unwrapper.reset()
    expect(unwrapper.unwrap(7)).toBe(7)
    expect(unwrapper.unwrap(range - 1)).toBe(-1)
    expect(unwrapper.unwrap(8)).toBe(8)
  })
})
