import type { LookupAddress } from 'node:dns'
import { describe, expect, test } from 'vitest'

import { MediaError } from '../MediaError.ts'
import { carriedIpv4, closedAddressKind } from './addressRanges.ts'
import { AddressPolicy } from './AddressPolicy.ts'
import { AllowedHosts } from './AllowedHosts.ts'

describe('closedAddressKind', () => {
  test.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['0.0.0.0', 'unspecified'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private (carrier-grade NAT)'],
    ['169.254.169.254', 'link-local'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'reserved'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback'],
    ['fe80::1', 'link-local'],
    ['fd12:3456::1', 'private'],
    ['fc00::1', 'private'],
    ['ff02::1', 'multicast'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['::ffff:10.0.0.1', 'private'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['64:ff9b::7f00:1', 'loopback'],
    ['64:ff9b:1::1', 'reserved'],
    ['::10.0.0.1', 'reserved'],
    ['2002:7f00:1::', 'reserved (6to4)'],
    ['2001:db8::1', 'reserved'],
    ['2001::1', 'reserved'],
    ['example.org', 'not an address'],
  ])('%s: %s', (address, kind) => {
    expect(closedAddressKind(address)).toBe(kind)
  })

  test.each([
    '1.1.1.1',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '::ffff:1.1.1.1',
    '64:ff9b::101:101',
  ])('%s is open', (address) => {
    expect(closedAddressKind(address)).toBeNull()
  })

  test('the IPv4 address inside an IPv6 one', () => {
    expect(carriedIpv4('64:ff9b::1')).toBe('0.0.0.1')
    expect(carriedIpv4('::ffff:192.168.0.255')).toBe('192.168.0.255')
    expect(carriedIpv4('2606::1')).toBeNull()
    expect(carriedIpv4('10.0.0.1')).toBeNull()
  })
})

describe('AllowedHosts', () => {
  const allowed = new AllowedHosts([
    'Media.Internal',
    'cam.internal:8554',
    '10.0.0.7:8080',
    '192.168.0.0/16',
    'fd00::/8',
    '[::1]:8080',
  ])

  test('names, addresses and ranges, each perhaps for one port', () => {
    expect(allowed.hasName('media.internal', 1)).toBe(true)
    expect(allowed.hasName('media.internal.', 1)).toBe(true)
    expect(allowed.hasName('evil.media.internal', 1)).toBe(false)
    expect(allowed.hasName('cam.internal', 8554)).toBe(true)
    expect(allowed.hasName('cam.internal', 80)).toBe(false)
    expect(allowed.hasAddress('10.0.0.7', 8080)).toBe(true)
    expect(allowed.hasAddress('10.0.0.7', 80)).toBe(false)
    expect(allowed.hasAddress('10.0.0.8', 8080)).toBe(false)
    expect(allowed.hasAddress('192.168.77.1', 1)).toBe(true)
    expect(allowed.hasAddress('fd12::1', 1)).toBe(true)
    expect(allowed.hasAddress('::1', 8080)).toBe(true)
    expect(allowed.hasAddress('::1', 80)).toBe(false)
  })

  test.each([
    '',
    'a b',
    '10.0.0.0/33',
    '10.0.0',
    '300.1.1.1',
    'host:0',
    'host:70000',
    'http://host',
    '-a',
    '[::1',
  ])('quotes an entry that is none: "%s"', (entry) => {
    expect(() => new AllowedHosts([entry])).toThrow(RangeError)
    expect(() => new AllowedHosts([entry])).toThrow(`"${entry}" is no`)
  })
})

describe('AddressPolicy', () => {
  const answers: Record<string, LookupAddress[]> = {
    'public.test': [{ address: '93.184.215.14', family: 4 }],
    'inside.test': [{ address: '10.0.0.1', family: 4 }],
    'both.test': [
      { address: '93.184.215.14', family: 4 },
      { address: '::ffff:127.0.0.1', family: 6 },
    ],
    'none.test': [],
  }
  let asked = 0
  const resolve = (hostname: string): Promise<LookupAddress[]> => {
    asked++
    const found = answers[hostname]
    return found === undefined ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(found)
  }
  const policy = new AddressPolicy({ allowedHosts: [], resolve })

  test.each([
    ['ftp://public.test/a', 'ftp'],
    ['file:///etc/passwd', 'file'],
    ['concat:http://a/|http://b/', 'concat'],
    ['data:text/plain,x', 'data'],
    ['/etc/passwd', 'not a URL'],
    ['', 'not a URL'],
    ['http://127.0.0.1/', 'loopback'],
    ['http://0x7f.1/', 'loopback'],
    ['http://2130706433/', 'loopback'],
    ['http://[::ffff:a9fe:a9fe]/', 'link-local'],
    ['https://192.168.0.1:8443/', 'private'],
    ['rtmp://10.0.0.1/live/a', 'private'],
  ])('refuses %s', (url, why) => {
    expect(() => policy.check(url, 'play')).toThrow(MediaError)
    expect(() => policy.check(url, 'play')).toThrow(why)
  })

  test('refuses a URL of 3000 characters', () => {
    const url = `http://public.test/${'a'.repeat(2981)}`
    expect(() => policy.check(url, 'play')).toThrow('at most 2048 characters, not 3000')
  })

  test('streams go to RTMP only', () => {
    expect(() => policy.check('https://public.test/', 'stream')).toThrow('only: rtmp, rtmps')
    expect(policy.check('rtmps://public.test/app/key', 'stream')).toMatchObject({
      port: 443,
      isSecure: true,
      authority: 'public.test:443',
    })
    expect(policy.check('rtmp://[2606::1]/app/key', 'stream')).toMatchObject({
      hostname: '2606::1',
      authority: '[2606::1]:1935',
    })
  })

  test('every address of a name has to be open', async () => {
    await expect(policy.resolve('public.test', 80)).resolves.toHaveLength(1)
    await expect(policy.resolve('inside.test', 80)).rejects.toMatchObject({ code: 'url_not_allowed' })
    await expect(policy.resolve('both.test', 80)).rejects.toThrow('both.test leads to ::ffff:127.0.0.1')
    await expect(policy.resolve('none.test', 80)).rejects.toThrow('no address')
    await expect(policy.resolve('unknown.test', 80)).rejects.toMatchObject({ code: 'player_failed' })
  })

  test('what the operator lists is open, by name or address', async () => {
    const byName = new AddressPolicy({ allowedHosts: ['inside.test:80'], resolve })
    await expect(byName.resolve('inside.test', 80)).resolves.toHaveLength(1)
    await expect(byName.resolve('inside.test', 81)).rejects.toThrow('private')
    const byRange = new AddressPolicy({ allowedHosts: ['10.0.0.0/8', '127.0.0.1'], resolve })
    await expect(byRange.resolve('inside.test', 81)).resolves.toHaveLength(1)
    await expect(byRange.resolve('both.test', 81)).resolves.toHaveLength(2)
    expect(byRange.check('http://127.0.0.1/', 'play').port).toBe(80)
  })

  test('a connection goes to the addresses that were checked, whatever DNS says later', async () => {
    const { lookup } = await policy.pinned('public.test', 80)
    asked = 0
    answers['public.test'] = [{ address: '127.0.0.1', family: 4 }]
    const given = await new Promise((resolve) => {
      lookup('public.test', { all: true }, (_error, addresses) => resolve(addresses))
    })
    expect(given).toEqual([{ address: '93.184.215.14', family: 4 }])
    expect(asked).toBe(0)
  })
})
