import { describe, expect, it } from 'vitest'
import {
  isNewerSequence,
  randomSequenceStart,
  sequenceDistance,
  SequenceUnwrapper,
  timestampDistance,
  TimestampUnwrapper,
} from './sequence.ts'

describe('sequence numbers', () => {
  it('compares across the wrap', () => {
    expect(sequenceDistance(2, 65534)).toBe(4)
    expect(sequenceDistance(65534, 2)).toBe(-4)
    expect(sequenceDistance(7, 7)).toBe(0)
    expect(isNewerSequence(0, 65535)).toBe(true)
    expect(isNewerSequence(65535, 0)).toBe(false)
    expect(timestampDistance(5, 0xfffffffb)).toBe(10)
  })

  it('unwraps forwards and backwards over several wraps', () => {
    const unwrapper = new SequenceUnwrapper()
    let expected = 65000
    expect(unwrapper.unwrap(65000)).toBe(65000)
    for (let i = 0; i < 20; i++) {
      expected += 20_000
      expect(unwrapper.unwrap(expected & 0xffff)).toBe(expected)
    }
    expect(unwrapper.unwrap((expected - 5) & 0xffff)).toBe(expected - 5)
    unwrapper.reset()
    expect(unwrapper.unwrap(1)).toBe(1)
    expect(unwrapper.unwrap(65535)).toBe(-1)
    expect(unwrapper.unwrap(2)).toBe(2)
  })

  it('unwraps timestamps', () => {
    const unwrapper = new TimestampUnwrapper()
    expect(unwrapper.unwrap(0xfffffff0)).toBe(0xfffffff0)
    expect(unwrapper.unwrap(16)).toBe(2 ** 32 + 16)
    expect(unwrapper.unwrap(0xfffffff1)).toBe(0xfffffff1)
    let expected = 0xfffffff1
    for (let i = 0; i < 5; i++) {
      expected += 2 ** 30 + 7
      expect(unwrapper.unwrap(expected % 2 ** 32)).toBe(expected)
    }
  })

  it('starts below 2^15', () => {
    expect(randomSequenceStart(() => 0.999999)).toBe(32767)
    expect(randomSequenceStart(() => 0)).toBe(0)
  })
})
