import { expect, it } from 'vitest'
import { ReceiverSequence } from './ReceiverSequence.ts'

it('ReceiverSequence leaves numbers alone until a pause', () => {
  const sequence = new ReceiverSequence()
  expect([65534, 65535, 0].map((n) => sequence.map(n))).toEqual([65534, 65535, 0])
  expect(sequence.unmap(65535)).toBe(65535)
})

it('ReceiverSequence goes on without a jump after a pause, and maps NACKs back', () => {
  const sequence = new ReceiverSequence()
  sequence.pause()
  expect(sequence.map(100)).toBe(100)
  expect(sequence.map(101)).toBe(101)
  sequence.pause()
  expect(sequence.map(50_000)).toBe(102)
  expect(sequence.map(50_001)).toBe(103)
  expect(sequence.unmap(103)).toBe(50_001)
  expect(sequence.unmap(102)).toBe(50_000)
  expect(sequence.unmap(101)).toBeUndefined()
})

it('ReceiverSequence maps back at any distance from the pause', () => {
  const sequence = new ReceiverSequence()
  sequence.map(5)
  sequence.pause()
  for (let n = 1000; n < 1000 + 3 * 65536; n++) {
    const mapped = sequence.map(n & 0xffff)
    if (sequence.unmap(mapped) !== (n & 0xffff)) expect.unreachable(`${n} went out as ${mapped}`)
  }
})

it('ReceiverSequence begins where it is told to', () => {
  const sequence = new ReceiverSequence(7)
  expect([65535, 0].map((n) => sequence.map(n))).toEqual([7, 8])
  expect(sequence.unmap(8)).toBe(0)
  expect(sequence.unmap(6)).toBeUndefined()
})
