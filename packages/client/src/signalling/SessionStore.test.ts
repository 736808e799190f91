import { expect, test } from 'vitest'
import { SessionStore } from './SessionStore.ts'

function memoryStorage(initial: Record<string, string> = {}) {
  const values = new Map(Object.entries(initial))
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  }
}

test('keeps the session under the keys of the original client', () => {
  const storage = memoryStorage({ 'ci-room': 'call1' })
  const store = new SessionStore('room', storage)
  expect(store.get('callId')).toBe('call1')
  store.set('protocol', 'p')
  store.set('authorizationState', 's')
  expect(Object.fromEntries(storage.values)).toEqual({ 'ci-room': 'call1', 'pt-room': 'p', 'as-room': 's' })
  store.clear()
  expect(storage.values.size).toBe(0)
  store.release()
})

test('a second room object of the page does not take the call of the first', () => {
  const storage = memoryStorage({ 'ci-room': 'call1' })
  const first = new SessionStore('room', storage)
  const second = new SessionStore('room', storage)
  expect([first.get('callId'), second.get('callId')]).toEqual(['call1', undefined])
  second.set('callId', 'call2')
  expect([second.get('callId'), storage.values.get('ci-room')]).toEqual(['call2', 'call1'])
  second.release()
  first.release()
})

test('works in memory where storage is denied', () => {
  const denied = () => {
    throw new Error('denied')
  }
  const store = new SessionStore('room', { getItem: denied, setItem: denied, removeItem: denied })
  store.set('callId', 'call1')
  expect(store.get('callId')).toBe('call1')
  store.release()
})
