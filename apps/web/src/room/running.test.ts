import { describe, expect, it } from 'vitest'
import { positionAt, put, type Playback } from './running.ts'

const film = { paused: false, positionMs: 5000, toldAtMs: 100, durationMs: 9000 } as Playback

describe('positionAt', () => {
  it('goes on with the time, up to the end', () => {
    expect(positionAt(film, 1100)).toBe(6000)
    expect(positionAt(film, 100_000)).toBe(9000)
    expect(positionAt({ ...film, durationMs: null }, 100_000)).toBe(104_900)
  })
  it('stands still while paused, and never goes back', () => {
    expect(positionAt({ ...film, paused: true }, 1100)).toBe(5000)
    expect(positionAt(film, 50)).toBe(5000)
  })
})

describe('put', () => {
  const [a, b] = [{ id: 'a' }, { id: 'b' }]
  it('adds at the end, replaces in place, and drops what has ended', () => {
    expect(put([a], 'b', b)).toEqual([a, b])
    const changed = { id: 'a', paused: true }
    expect(put<{ id: string }>([a, b], 'a', changed)).toEqual([changed, b])
    expect(put([a, b], 'a', null)).toEqual([b])
    expect(put([b], 'a', null)).toEqual([b])
  })
})
