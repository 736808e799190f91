import { expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/startTestServer.ts'
import { waitFor } from '../support/waitFor.ts'
import { basic, type Body } from './RestApi.ts'

const authorization = basic('00000000-0000-4000-8000-000000000000', 'dev-token')

async function call(test: TestServer, method: string, path: string, body?: object): Promise<Body> {
  const response = await fetch(`${test.server.url}/api/video${path}`, {
    method,
    headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
  })
  const text = await response.text()
  expect(response.ok, `${method} ${path}: ${response.status} ${text}`).toBe(true)
  return text === '' ? undefined : JSON.parse(text)
}

it('a room made by REST is joined as it says, and shows its session', async () => {
  await using test = await startTestServer()
  const fields = {
    name: 'lobby',
    display_name: 'The lobby',
    max_members: 1,
    layout: '4x4',
    meta: { floor: 2 },
  }
  const made = await call(test, 'POST', '/rooms', fields)
  const { token } = await call(test, 'POST', '/room_tokens', {
    room_name: 'lobby',
    user_name: 'Ada',
    auto_create_room: false,
  })
  const ada = await test.open()
  await ada.connect(token as string)
  await ada.joinRoom()

  const [session] = await waitFor(async () => {
    const { data } = await call(test, 'GET', '/room_sessions?status=in-progress')
    return data.length > 0 ? (data as Body[]) : null
  }, 'the session')
  expect(session).toMatchObject({
    room_id: made.id,
    name: 'lobby',
    display_name: 'The lobby',
    layout: '4x4',
    max_members: 1,
  })
  const { active_session } = await call(test, 'GET', '/rooms/lobby?include_active_session=true')
  expect(active_session).toMatchObject({ id: session.id, status: 'in-progress' })
  const { data: members } = await call(test, 'GET', `/room_sessions/${session.id}/members`)
  expect(members).toMatchObject([{ name: 'Ada', leave_time: null }])
  await expect(test.join({ u: 'Bob' })).rejects.toThrow()

  // It goes on without its room until all have left.
  await call(test, 'DELETE', `/rooms/${made.id}`)
  expect(ada.isOpen).toBe(true)
  expect(await call(test, 'GET', `/room_sessions/${session.id}`)).toMatchObject({
    status: 'in-progress',
    room_id: null,
  })
  ada.kill()
  await test.pass(120_000)
  await waitFor(async () => {
    const { data } = await call(test, 'GET', '/logs')
    return data[0].id === session.id && data[0].status === 'completed'
  }, 'the end of the session')
  const { data: events } = await call(test, 'GET', `/room_sessions/${session.id}/events?page_size=1000`)
  const names = (events as Body[]).map(({ name }) => name as string)
  expect([names.at(-1), names[0]]).toEqual(['room.started', 'room.ended'])
  expect(names).toContain('member.joined')
})

it('streams that come and go while a session is running start and end at once', async () => {
  await using test = await startTestServer()
  const { id } = await call(test, 'POST', '/rooms', { name: 'lobby' })
  await test.join()
  const targets = () => [...test.media.room.outputs.values()].map(({ target }) => target)
  const [one, two] = ['rtmp://a.example/app/one', 'rtmp://a.example/app/two']
  const stream = await call(test, 'POST', `/rooms/${id}/streams`, { url: one })
  await waitFor(() => targets().length === 1, 'the output')
  expect(targets()).toEqual([{ kind: 'stream', url: one }])
  await call(test, 'PUT', `/streams/${stream.id}`, { url: two })
  await waitFor(
    () => JSON.stringify(targets()) === JSON.stringify([{ kind: 'stream', url: two }]),
    'the move',
  )
  await call(test, 'DELETE', `/streams/${stream.id}`)
  await waitFor(() => targets().length === 0, 'the end of the output')
})

it('a conference is joined by the room token that its guest token was exchanged for', async () => {
  await using test = await startTestServer()
  const { id, name } = await call(test, 'POST', '/conferences', { display_name: 'Board', size: 'small' })
  const { data: tokens } = await call(test, 'GET', `/conferences/${id}/conference_tokens`)
  const guest = (tokens as Body[]).find((token) => token.name === 'guest')
  const { token } = await call(test, 'POST', '/conference_tokens/exchange', {
    token: guest.token,
    user_name: 'Grace',
  })
  const grace = await test.open()
  await grace.connect(token as string)
  await grace.joinRoom()
  await waitFor(async () => {
    const { data } = await call(test, 'GET', '/logs')
    return data[0]?.type === 'video_conference_session' && data[0].room_name === name
  }, 'the session of a conference')
  const { active_session } = await call(test, 'GET', `/conferences/${id}?include_active_session=true`)
  expect(active_session).toMatchObject({ name, max_members: 10, status: 'in-progress' })
})
