import { expect, it } from 'vitest'
import { setUpVideoReceiver } from './testVideoReceiver.ts'

it('VideoReceiver waits for as long as mending takes on a line with long round trips', () => {
  const { frame, push, kinds, poll, receiver, requests } = setUpVideoReceiver()
  receiver.setRoundTripTime(300)
  push(frame('key', 1), 0)
  const requestsBefore = requests()
  const [d, e] = frame('inter', 2)
  push([e], 20)
  poll(20, 700)
  push([d], 700)
  expect(kinds()).toEqual(['key', 'inter'])
  push([frame('inter', 2)[1]], 1000)
  poll(1000, 2400)
  expect(receiver.stats.breaks).toBe(1)
  expect(requests()).toBeGreaterThan(requestsBefore)
})
