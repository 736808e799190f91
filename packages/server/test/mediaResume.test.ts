import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { makeOffer } from './support/offer.ts'
import { startTestServer, type TestServer } from './support/startTestServer.ts'
import { stockAgent, type TestClient } from './support/TestClient.ts'
import { waitFor } from './support/waitFor.ts'

const offer = makeOffer('browser')

/** Somebody whose media stops or not, and who closes its socket then, as the stock client does. */
async function joinAndLoseSocket(
  test: TestServer,
  { agent = stockAgent, losesMedia = true } = {},
): Promise<{ before: TestClient; callId: string; answerSdp: string }> {
  const callId = randomUUID()
  const before = await test.join({}, { callId, sdp: offer, agent })
  const answerSdp = (await before.vertoMessage('verto.answer'))['sdp'] as string
  const legId = test.media.room.legOf(before.memberId)
  if (losesMedia) test.media.room.emit({ type: 'leg.idle', legId, idle: true })
  const { connections } = test.server.counts()
  before.kill()
  await waitFor(() => test.server.counts().connections === connections - 1, 'the socket to close')
  return { before, callId, answerSdp }
}

async function comeBack(test: TestServer, resumes: TestClient, agent = stockAgent): Promise<TestClient> {
  const client = await test.open()
  await client.connect(await test.token(), { resumes, agent })
  return client
}

describe('a stock client whose media failed and that never invites again', () => {
  it('is given its last answer under another version', async () => {
    await using test = await startTestServer()
    await test.join()
    const { before, callId, answerSdp } = await joinAndLoseSocket(test)
    const back = await comeBack(test, before)
    await test.pass(2000)
    expect(back.count('verto.answer')).toBe(0)
    await test.pass(1000)
    const answer = await back.vertoMessage('verto.answer')
    expect(answer['callID']).toBe(callId)
    const withoutVersion = (sdp: string): string => sdp.replace(/^(o=\S+ \S+) \d+/m, '$1')
    expect(answer['sdp']).not.toBe(answerSdp)
    expect(withoutVersion(answer['sdp'] as string)).toBe(withoutVersion(answerSdp))
    await test.pass(30_000)
    expect(back.count('verto.answer')).toBe(1)
  })

  it.each([
    ['its media never stopped', stockAgent, false],
    ['it is our own SDK, which offers anew', 'roomful/0.1.0', true],
  ])('but not if %s', async (_, agent, losesMedia) => {
    await using test = await startTestServer()
    await test.join()
    const { before } = await joinAndLoseSocket(test, { agent, losesMedia })
    const back = await comeBack(test, before, agent)
    await test.pass(30_000)
    expect(back.count('verto.answer')).toBe(0)
  })

  it('but not if it does invite', async () => {
    await using test = await startTestServer()
    await test.join()
    const { before, callId } = await joinAndLoseSocket(test)
    const back = await comeBack(test, before)
    await test.pass(2000)
    await back.invite(callId, offer)
    await back.vertoMessage('verto.answer')
    await test.pass(30_000)
    expect(back.count('verto.answer')).toBe(1)
  })
})
