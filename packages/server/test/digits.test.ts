import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { startTestServer } from './support/startTestServer.ts'

test('digits are in the log of the session: how many at info, which ones at debug only', async () => {
  const lines: Record<string, unknown>[] = []
  const logger = pino(
    { level: 'debug' },
    { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  )
  await using test = await startTestServer({ logger })
  const callId = randomUUID()
  const client = await test.join({}, { callId })
  await client.verto('verto.info', { dialogParams: { callID: callId }, dtmf: '1234#' })

  const { memberId } = client
  expect(lines.filter((line) => line['level'] === pino.levels.values['info'])).toContainEqual(
    expect.objectContaining({ memberId, count: 5, msg: 'Digits received' }),
  )
  const telling = lines.filter((line) => JSON.stringify(line).includes('1234#'))
  expect(telling).toMatchObject([{ level: pino.levels.values['debug'], memberId, digits: '1234#' }])
})
