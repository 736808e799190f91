import { describe, expect, expectTypeOf, test, vi } from 'vitest'
import { TypedEmitter } from './TypedEmitter.ts'

type Events = { number: [value: number]; pair: [left: string, right: boolean]; nothing: [] }

class Emitter extends TypedEmitter<Events> {
  readonly errors: unknown[] = []
  send<Name extends keyof Events>(event: Name, ...args: Events[Name]): void {
    this.emit(event, ...args)
  }
  protected override onHandlerError(_event: keyof Events, error: unknown): void {
    this.errors.push(error)
  }
}

describe('TypedEmitter', () => {
  test('calls handlers in order, with all arguments', () => {
    const emitter = new Emitter()
    const calls: unknown[] = []
    emitter
      .on('pair', (...args) => calls.push(['first', ...args]))
      .on('pair', (...args) => calls.push(['second', ...args]))
    emitter.send('pair', 'a', true)
    expect(calls).toEqual([
      ['first', 'a', true],
      ['second', 'a', true],
    ])
  })

  test('once fires once, even when the handler emits again', () => {
    const emitter = new Emitter()
    const handler = vi.fn(() => emitter.send('nothing'))
    emitter.once('nothing', handler)
    emitter.send('nothing')
    expect(handler).toHaveBeenCalledTimes(1)
    expect(emitter.eventNames()).toEqual([])
  })

  test('a handler that throws or rejects stops nothing', async () => {
    const emitter = new Emitter()
    const thrown = new Error('thrown')
    const rejected = new Error('rejected')
    const last = vi.fn()
    emitter.on('number', () => {
      throw thrown
    })
    emitter.on('number', () => Promise.reject(rejected))
    emitter.on('number', last)
    emitter.send('number', 1)
    expect(last).toHaveBeenCalledWith(1)
    await vi.waitFor(() => expect(emitter.errors).toEqual([thrown, rejected]))
  })

  test('off removes one handler, or all of an event', () => {
    const emitter = new Emitter()
    const kept = vi.fn()
    const removed = vi.fn()
    emitter.on('number', kept).on('number', removed).off('number', removed)
    emitter.send('number', 1)
    expect(removed).not.toHaveBeenCalled()
    expect(kept).toHaveBeenCalledTimes(1)
    emitter.off('number')
    emitter.send('number', 2)
    expect(kept).toHaveBeenCalledTimes(1)
  })

  test('handlers added or removed by a handler count from the next event on', () => {
    const emitter = new Emitter()
    const late = vi.fn()
    emitter.once('number', () => emitter.on('number', late))
    emitter.send('number', 1)
    expect(late).not.toHaveBeenCalled()
    emitter.send('number', 2)
    expect(late).toHaveBeenCalledExactlyOnceWith(2)
  })

  test('removeAllListeners removes those of one event or of all', () => {
    const emitter = new Emitter()
    emitter.on('number', () => undefined).on('nothing', () => undefined)
    emitter.removeAllListeners('number')
    expect(emitter.eventNames()).toEqual(['nothing'])
    emitter.removeAllListeners()
    expect(emitter.listenerCount('nothing')).toBe(0)
  })

  test('a handler that is no function is refused at once', () => {
    expect(() => new Emitter().on('number', 'x' as never)).toThrow('must be a function, not string')
  })

  test('types the handlers by the event', () => {
    expectTypeOf<Parameters<Parameters<typeof emitter.on<'pair'>>[1]>>().toEqualTypeOf<
      [left: string, right: boolean]
    >()
    const emitter = new Emitter()
    // @ts-expect-error An event that is not in the map.
    emitter.off('unknown')
  })
})
