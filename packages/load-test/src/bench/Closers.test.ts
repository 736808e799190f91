import { expect, test } from 'vitest'
import { Closers } from './Closers.ts'

test('closes the last opened first, once, and goes on after one that fails', async () => {
  const closed: string[] = []
  const resource = (name: string, fails = false) => ({
    close: () => {
      closed.push(name)
      return fails ? Promise.reject(new Error(`${name} does not close`)) : Promise.resolve()
    },
  })
  const closers = new Closers()
  for (const name of ['first', 'second', 'third']) await closers.add(Promise.resolve(resource(name)))
  await Promise.all([closers.closeAll(), closers.closeAll()])
  expect(closed).toEqual(['third', 'second', 'first'])
})

test('what is still being opened at the end is closed as soon as it is there', async () => {
  const closers = new Closers()
  let isClosed = false
  let opened: (resource: { close(): Promise<void> }) => void = () => {}
  const adding = closers.add(new Promise<{ close(): Promise<void> }>((resolve) => (opened = resolve)))
  await closers.closeAll()
  opened({
    close: async () => {
      isClosed = true
    },
  })
  await expect(adding).rejects.toThrow('being opened')
  expect(isClosed).toBe(true)
})
