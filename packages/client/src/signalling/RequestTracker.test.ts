import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { RoomSessionError } from '../errors.ts'
import { RequestTracker, replyError, unwrapResult } from './RequestTracker.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const request = (id: string, resend = true) => ({
  id,
  method: 'm',
  frame: `frame ${id}`,
  timeoutMs: 100,
  resend,
})

describe('RequestTracker', () => {
  test('settles by id, once', async () => {
    const tracker = new RequestTracker()
    const sent: string[] = []
    const reply = tracker.track(request('1'), (frame) => sent.push(frame))
    expect(sent).toEqual(['frame 1'])
    expect(tracker.settle({ id: '1', result: { ok: true } })).toBe(true)
    expect(tracker.settle({ id: '1', result: {} })).toBe(false)
    expect(await reply).toEqual({ ok: true })
    expect(vi.getTimerCount()).toBe(0)
  })

  test('times out, whether it was sent or not', async () => {
    const tracker = new RequestTracker()
    const sent = expect(tracker.track(request('1'), () => undefined)).rejects.toMatchObject({
      code: 'request_timeout',
    })
    const waiting = expect(tracker.track(request('2'), undefined)).rejects.toMatchObject({
      code: 'request_timeout',
    })
    vi.advanceTimersByTime(100)
    await Promise.all([sent, waiting])
    expect(tracker.size).toBe(0)
  })

  test('a lost connection: repeatable requests and unsent ones are sent again, in order', async () => {
    const tracker = new RequestTracker()
    const repeatable = tracker.track(request('1'), () => undefined)
    const once = expect(tracker.track(request('2', false), () => undefined)).rejects.toMatchObject({
      code: 'connection_lost',
    })
    const unsent = tracker.track(request('3', false), undefined)
    tracker.connectionLost()
    await once
    const sent: string[] = []
    tracker.flush((frame) => sent.push(frame))
    tracker.flush((frame) => sent.push(frame))
    expect(sent).toEqual(['frame 1', 'frame 3'])
    tracker.settle({ id: '1', result: 1 })
    tracker.settle({ id: '3', result: 3 })
    expect(await Promise.all([repeatable, unsent])).toEqual([1, 3])
  })

  test('has a bound', async () => {
    const tracker = new RequestTracker()
    const all = Array.from({ length: 501 }, (_, index) => tracker.track(request(`${index}`), undefined))
    await expect(all.at(-1)).rejects.toMatchObject({ code: 'connection_lost' })
    const rest = Promise.allSettled(all)
    tracker.rejectAll(new RoomSessionError('aborted', 'end'))
    expect((await rest).every(({ status }) => status === 'rejected')).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })
})

test.each([
  [{ error: { code: -32601, message: 'unknown' } }, '-32601', 'unknown'],
  [{ result: { code: '403', message: 'Unauthorized' } }, '403', 'Unauthorized'],
  [{ result: { code: 404 } }, '404', 'The server refused with code 404.'],
  [
    { result: { code: '200', result: { jsonrpc: '2.0', error: { code: -32002, message: 'CALL ERROR' } } } },
    '-32002',
    'CALL ERROR',
  ],
  [
    { result: { code: '200', result: { jsonrpc: '2.0', result: { code: '400', message: 'Invalid SDP' } } } },
    '400',
    'Invalid SDP',
  ],
])('replyError finds the refusal in %j', (reply, code, message) => {
  expect(replyError(reply)).toMatchObject({ code, message, cause: expect.anything() as unknown })
})

test('replyError takes 2xx and results without code as success', () => {
  for (const result of [
    { code: '200' },
    { code: 202 },
    { members: [] },
    undefined,
    null,
    'text',
    { result: { a: 1 } },
  ]) {
    expect(replyError({ result })).toBeUndefined()
  }
})

test('unwrapResult reaches the innermost result', () => {
  expect(unwrapResult({ code: '200', result: { jsonrpc: '2.0', id: 1, result: { sdp: 'x' } } })).toEqual({
    sdp: 'x',
  })
  expect(unwrapResult({ code: '200', result: { a: 1 } })).toEqual({ a: 1 })
  expect(unwrapResult({ code: '200', meta: {} })).toEqual({ code: '200', meta: {} })
})
