import { expect, test } from 'vitest'
import { ManualClock } from './support/ManualClock.ts'
import { startTestServer } from './support/startTestServer.ts'
import { waitFor } from './support/waitFor.ts'

/** Node's timers are up to a millisecond early by the wall clock. */
class EarlyClock extends ManualClock {
  override setTimeout(task: () => void, delayMs: number): () => void {
    return super.setTimeout(task, delayMs > 1 ? delayMs - 1 : delayMs)
  }
}

test('a time limit holds even if its timer comes a moment before its time', async () => {
  const clock = new EarlyClock()
  await using test = await startTestServer({ clock })
  const host = await test.join()
  const guest = await test.join({ rse: 2 })
  await clock.advance(3000)
  const { params } = await host.event('video.member.left')
  expect(params['member']).toMatchObject({ id: guest.memberId })
})

test('so does the time after which a vanished member is gone', async () => {
  const clock = new EarlyClock()
  await using test = await startTestServer({ clock })
  const host = await test.join()
  const guest = await test.join()
  const legId = test.media.room.legOf(guest.memberId)
  guest.kill()
  await waitFor(() => test.server.counts().connections === 1, 'the socket to close')
  test.media.room.emit({ type: 'leg.idle', legId, idle: true })
  await clock.advance(8000)
  const { params } = await host.event('video.member.left')
  expect(params['member']).toMatchObject({ id: guest.memberId })
})
