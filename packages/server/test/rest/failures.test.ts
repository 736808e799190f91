import { pino } from 'pino'
import { expect, it } from 'vitest'
import { openStore } from '../../src/store/index.ts'
import { RestApi } from './RestApi.ts'

const logger = pino({ level: 'silent' })
const open = () => RestApi.open((dataDir) => openStore({ dataDir, databaseUrl: undefined, logger }))

it('a database that fails is 500, and nothing of it is told', async () => {
  await using api = await open()
  const project = await api.newProject()
  await project.get('/rooms')
  await api.store.close()
  for (const [method, path, body] of [
    ['GET', '/rooms', undefined],
    ['POST', '/rooms', { name: 'lobby' }],
    ['GET', '/logs', undefined],
  ] as const) {
    const { status, body: answer } = await project.request(method, path, { body })
    expect([status, answer]).toEqual([500, { error: 'Internal Server Error' }])
  }
})

it('paths that are none are answered with the documented bodies', async () => {
  await using api = await open()
  const project = await api.newProject()
  for (const [method, path, status, error] of [
    ['GET', '/rooms/%zz', 400, 'Bad Request'],
    ['GET', `/rooms/${'x'.repeat(101)}`, 404, 'Not Found'],
    ['GET', '/nothing', 404, 'Not Found'],
    ['GET', '/rooms/lobby/', 404, 'Not Found'],
    ['GET', '/rooms//streams', 404, 'Not Found'],
    ['GET', '/ROOMS', 404, 'Not Found'],
  ] as const) {
    const { status: given, body } = await project.request(method, path)
    expect([method, path.slice(0, 20), given, body]).toEqual([method, path.slice(0, 20), status, { error }])
  }
})

it('methods that a path does not have are answered with those that it has', async () => {
  await using api = await open()
  const project = await api.newProject()
  for (const [method, path, allow] of [
    ['PATCH', '/rooms/lobby?x=/rooms', 'HEAD, GET, PUT, DELETE'],
    ['OPTIONS', '/rooms/lobby', 'HEAD, GET, PUT, DELETE'],
    ['DELETE', '/rooms', 'HEAD, POST, GET'],
    ['GET', '/room_tokens', 'POST'],
    ['HEAD', '/room_tokens', 'POST'],
  ] as const) {
    const { status, body, headers } = await project.request(method, path)
    expect([method, path, status, headers['allow']]).toEqual([method, path, 405, allow])
    expect(body).toEqual(method === 'HEAD' ? '' : { error: 'Method Not Allowed' })
  }
})
