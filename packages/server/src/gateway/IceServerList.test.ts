import { expect, it } from 'vitest'
import { systemClock } from '../lib/Clock.ts'
import { IceServerList } from './IceServerList.ts'

const urls = ['turn:turn.example.com:3478', 'turns:turn.example.com:5349?transport=tcp']
const stun = { urls: 'stun:stun.example.com' }
const clock = { ...systemClock, nowMs: () => 1_767_225_600_999 }

it('is what was configured, where there is no TURN server', () => {
  expect(new IceServerList([], undefined, clock).for('ada')).toEqual([])
  expect(new IceServerList([stun], undefined, clock).for('ada')).toEqual([stun])
})

it('has fixed credentials for everybody', () => {
  const credentials = { type: 'fixed', username: 'room', credential: 'word' } as const
  const list = new IceServerList([stun], { urls, credentials }, clock)
  expect(list.for('ada')).toEqual([stun, { urls, username: 'room', credential: 'word' }])
})

it('makes credentials that expire, each client its own', () => {
  const credentials = { type: 'timeLimited', secret: 'north', ttlSeconds: 3600 } as const
  const list = new IceServerList([], { urls, credentials }, clock)
  // printf 1767229200:ada | openssl dgst -sha1 -hmac north -binary | base64
  const credential = 'wZJD3UAAsxxZg2CRSvc2OSPTF0I='
  expect(list.for('ada')).toEqual([{ urls, username: '1767229200:ada', credential }])
  expect(list.for('bo')[0]?.credential).not.toBe(credential)
})
