import { expect, test } from 'vitest'
import { completeConstraints, withExactDevice } from './constraints.ts'
import { compareDevices } from './deviceWatcher.ts'
import { volumeOfBands } from './microphoneAnalyzer.ts'

test('constraints get defaults for what they leave open; a size replaces the whole default size', () => {
  expect(completeConstraints('audio', { echoCancellation: false })).toMatchObject({
    echoCancellation: false,
    noiseSuppression: true,
  })
  expect(completeConstraints('video', { width: 320 })).toEqual({ width: 320, frameRate: { ideal: 30 } })
  expect(completeConstraints('video', { deviceId: 'x' })).toMatchObject({
    deviceId: 'x',
    width: { ideal: 1280 },
  })
})

test('choosing a device means that one', () => {
  expect(withExactDevice({ deviceId: 'x', width: 1 })).toEqual({ deviceId: { exact: 'x' }, width: 1 })
  expect(withExactDevice({ deviceId: { ideal: 'x' } })).toEqual({ deviceId: { ideal: 'x' } })
})

test('compareDevices tells added, removed and renamed ones, leaving out "default"', () => {
  const device = (deviceId: string, label: string) =>
    ({ kind: 'audioinput', deviceId, label }) as MediaDeviceInfo
  const before = [device('default', 'Default: A'), device('a', 'A'), device('b', 'B')]
  const after = [device('default', 'Default: C'), device('b', 'B2'), device('c', 'C')]
  const { added, removed, updated } = compareDevices(before, after)
  const labels = [added, removed, updated].map((changes) => changes.map(({ payload }) => payload.label))
  expect(labels).toEqual([['C'], ['A'], ['B2']])
})

test('volumeOfBands is 0 in silence and at most 100', () => {
  expect(volumeOfBands(new Uint8Array(32))).toBe(0)
  expect(volumeOfBands(new Uint8Array(32).fill(255))).toBe(100)
  expect(volumeOfBands(new Uint8Array(32).fill(20))).toBe(32)
})
