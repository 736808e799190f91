import { expect, it } from 'vitest'
import { ReceiverSequence } from './ReceiverSequence.ts'

it('ReceiverSequence leaves numbers alone until a pause', () => {
  const sequence = new ReceiverSequence<'a'>()
  expect([65534, 65535, 0].map((n) => sequence.map(n, 'a'))).toEqual([65534, 65535, 0])
  expect(sequence.originOf(65535)).toEqual({ stream: 'a', sequenceNumber: 65535 })
  expect(sequence.originOf(1)).toBeUndefined()
  expect(sequence.originOf(65533)).toBeUndefined()
})

it('ReceiverSequence goes on without a jump after a pause, and knows where each number is from', () => {
  const sequence = new ReceiverSequence<'a'>()
  sequence.pause()
  expect(sequence.map(100, 'a')).toBe(100)
  expect(sequence.map(101, 'a')).toBe(101)
  sequence.pause()
  expect(sequence.map(50_000, 'a')).toBe(102)
  expect(sequence.map(50_001, 'a')).toBe(103)
  const origins = [100, 101, 102, 103].map((n) => sequence.originOf(n))
  expect(origins).toEqual([100, 101, 50_000, 50_001].map((n) => ({ stream: 'a', sequenceNumber: n })))
})

it('ReceiverSequence takes turns between streams and fillers, across the wrap', () => {
  const sequence = new ReceiverSequence<'large' | 'small'>(65_534)
  const sent = [
    sequence.map(10, 'large'),
    sequence.map(11, 'large'),
    sequence.map(7000, 'small'),
    sequence.fill(),
    sequence.fill(),
    sequence.map(7001, 'small'),
    sequence.map(200, 'large'),
  ]
  expect(sent).toEqual([65_534, 65_535, 0, 1, 2, 3, 4])
  expect(sent.map((n) => sequence.originOf(n))).toEqual([
    { stream: 'large', sequenceNumber: 10 },
    { stream: 'large', sequenceNumber: 11 },
    { stream: 'small', sequenceNumber: 7000 },
    'filler',
    'filler',
    { stream: 'small', sequenceNumber: 7001 },
    { stream: 'large', sequenceNumber: 200 },
  ])
})

it('ReceiverSequence finds origins at any distance from the pause', () => {
  const sequence = new ReceiverSequence<'a'>()
  sequence.map(5, 'a')
  sequence.pause()
  for (let n = 1000; n < 1000 + 3 * 65536; n++) {
    const mapped = sequence.map(n & 0xffff, 'a')
    const origin = sequence.originOf(mapped)
    if (origin === undefined || origin === 'filler' || origin.sequenceNumber !== (n & 0xffff)) {
      expect.unreachable(`${n} went out as ${mapped}`)
    }
  }
})

it('ReceiverSequence begins where it is told to', () => {
  const sequence = new ReceiverSequence<'a'>(7)
  expect([65535, 0].map((n) => sequence.map(n, 'a'))).toEqual([7, 8])
  expect(sequence.originOf(8)).toEqual({ stream: 'a', sequenceNumber: 0 })
  expect(sequence.originOf(6)).toBeUndefined()
})
