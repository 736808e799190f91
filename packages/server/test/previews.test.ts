import { expect, it } from 'vitest'
import { startTestServer } from './support/startTestServer.ts'
import { waitFor } from './support/waitFor.ts'

const webp = Buffer.from('RIFF, and so on')

it('a room with previews has its newest at one URL for as long as it runs', async () => {
  await using test = await startTestServer()
  const ada = await test.join({ erp: true })
  const { params } = await ada.event('video.room.started')
  const url = params['room_session'].preview_url as string
  expect(url).toBe(`${test.server.url}/previews/${params['room_session_id']}.webp`)
  expect(test.media.room.options.previews).toBe(true)
  expect((await fetch(url)).status).toBe(404)

  test.media.room.emit({ type: 'preview', webp })
  const first = await fetch(url)
  expect(first.headers.get('content-type')).toBe('image/webp')
  expect(first.headers.get('access-control-allow-origin')).toBe('*')
  expect(first.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
  expect(Buffer.from(await first.arrayBuffer())).toEqual(webp)

  // Nothing is sent twice to whom it has already; a new one is.
  const known = { headers: { 'if-none-match': first.headers.get('etag')! } }
  const unchanged = await fetch(url, known)
  expect([unchanged.status, unchanged.headers.get('access-control-allow-origin')]).toEqual([304, '*'])
  test.media.room.emit({ type: 'preview', webp: Buffer.from('newer') })
  expect(await (await fetch(url, known)).text()).toBe('newer')

  await ada.verto('verto.bye', { dialogParams: { callID: ada.callId } })
  await waitFor(() => test.server.counts().rooms === 0, 'the end of the room')
  expect((await fetch(url)).status).toBe(404)
})

it('a room without previews has none', async () => {
  await using test = await startTestServer()
  const ada = await test.join()
  const { params } = await ada.event('video.room.started')
  expect(params['room_session']).not.toHaveProperty('preview_url')
  expect(test.media.room.options.previews).toBe(false)
})
