import { describe, expect, it } from 'vitest'
import { roomNameOf, roomUrl, suggestRoomName, toRoomName } from './roomName.ts'

describe('toRoomName', () => {
  it.each([
    ['Team sync', 'Team-sync'],
    ['café №1!', 'cafe-No1'],
    ['a_b-C9', 'a_b-C9'],
    ['  ', '-'],
    ['x'.repeat(150), 'x'.repeat(100)],
  ])('%j becomes %j', (text, name) => {
    expect(toRoomName(text)).toBe(name)
  })
})

describe('roomNameOf', () => {
  it.each([
    ['http://host/?room=my-room', 'my-room'],
    ['http://host/?room=My%20room#other', 'My-room'],
    ['http://host/#standup', 'standup'],
    ['http://host/#100%', '100'],
    ['http://host/', ''],
  ])('%s names %j', (url, name) => {
    expect(roomNameOf(new URL(url))).toBe(name)
  })

  it('reads back what roomUrl writes', () => {
    expect(roomNameOf(new URL(roomUrl('a_b-1'), 'http://host'))).toBe('a_b-1')
  })
})

describe('suggestRoomName', () => {
  it('is a name the server takes, at both ends of the dice', () => {
    for (const value of [0, 0.5, 0.999999]) {
      expect(suggestRoomName(() => value)).toMatch(/^[a-z]+-[a-z]+-\d\d$/)
    }
  })
})
