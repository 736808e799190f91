import { describe, expect, it } from 'vitest'
import { startTestServer } from './support/startTestServer.ts'
import { waitFor } from './support/waitFor.ts'

describe('shutdown', () => {
  it('says goodbye to every member, then closes sockets, media and the port', async () => {
    await using test = await startTestServer()
    const red = await test.join({ r: 'red' })
    const blue = await test.join({ r: 'blue' })
    const audience = await test.join({ r: 'blue', ja: 'audience' })
    for (const client of [red, blue, audience]) client.closesAfterBye = true
    await test.server.close()
    for (const client of [red, blue, audience]) {
      expect(await client.vertoMessage('verto.bye')).toMatchObject({
        cause: 'NORMAL_CLEARING',
        causeCode: 16,
      })
      await client.closed()
    }
    expect(test.server.counts()).toEqual({ rooms: 0, participants: 0, sessions: 0, connections: 0 })
    expect(test.media.alive).toHaveLength(0)
    expect(test.media.closed).toBe(true)
    expect(test.clock.pending).toBe(0)
    await expect(fetch(test.server.url)).rejects.toThrow()
  })

  it('closes the sockets of clients that do not answer', async () => {
    await using test = await startTestServer()
    const member = await test.join()
    member.responsive = false
    const bystander = await test.open()
    const closing = test.server.close()
    await member.vertoMessage('verto.bye')
    await waitFor(
      () => test.clock.advance(500).then(() => test.server.counts().connections === 0),
      'sockets to close',
    )
    await closing
    expect(await member.closed()).toBe(1001)
    expect(await bystander.closed()).toBe(1001)
  })

  it('may be asked for twice', async () => {
    await using test = await startTestServer()
    await Promise.all([test.server.close(), test.server.close()])
  })
})

describe('draining', () => {
  it('takes no new rooms, lets those that run go on, and ends when they have', async () => {
    await using test = await startTestServer()
    const ada = await test.join({ r: 'red' })
    let drained = false
    const draining = test.server.drain(60_000).then(() => (drained = true))
    expect((await fetch(`${test.server.url}/readyz`)).status).toBe(503)
    const bob = await test.join({ r: 'red' })
    await expect(test.join({ r: 'blue' })).rejects.toThrow('The server is about to shut down')
    await bob.verto('verto.bye', { dialogParams: { callID: bob.callId } })
    await test.clock.advance(5000)
    expect(drained).toBe(false)
    await ada.verto('verto.bye', { dialogParams: { callID: ada.callId } })
    await waitFor(() => test.clock.advance(300).then(() => drained), 'the end of draining')
    await draining
  })

  it('ends at its deadline, whoever is still there', async () => {
    await using test = await startTestServer()
    await test.join({ r: 'red' })
    const startMs = test.clock.nowMs()
    let endMs: number | undefined
    const draining = test.server.drain(10_000).then(() => (endMs = test.clock.nowMs()))
    await waitFor(() => test.clock.advance(250).then(() => endMs !== undefined), 'the deadline')
    await draining
    expect(endMs! - startMs).toBeGreaterThanOrEqual(10_000)
    expect(test.server.counts().rooms).toBe(1)
  })
})
