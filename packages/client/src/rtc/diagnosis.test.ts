import { expect, test } from 'vitest'
import { countCandidates, describePath, type PathReport } from './diagnosis.ts'

const offer = [
  'v=0',
  'a=candidate:1 1 udp 2113937151 192.0.2.7 50000 typ host generation 0',
  'a=candidate:2 1 udp 2113937151 9f2c.local 50001 typ host',
  'a=candidate:3 1 UDP 1677729535 198.51.100.3 50002 typ srflx raddr 0.0.0.0 rport 0',
  'a=candidate:4 1 tcp 1518214911 192.0.2.7 9 typ host tcptype active',
].join('\r\n')

test('candidates are counted by type and transport, hidden ones too', () => {
  const { counts, hidden } = countCandidates(offer)
  expect(Object.fromEntries(counts)).toEqual({ 'host/udp': 2, 'srflx/udp': 1, 'host/tcp': 1 })
  expect(hidden).toBe(1)
  expect(countCandidates('').counts.size).toBe(0)
})

const report: PathReport = {
  local: new Map([['host/udp', 2]]),
  remote: new Map([['host/udp', 1]]),
  pairs: new Map([['failed', 2]]),
  iceState: 'failed',
  dtlsStates: ['new', 'new'],
  hidden: 1,
  servers: new Map(),
}

test('the message names what was tried and what to do', () => {
  expect(describePath(report)).toBe(
    'No media can pass. Candidates of this browser: 2 host/udp (1 hidden behind mDNS names); of the server: ' +
      '1 host/udp. Pairs tried: 2 failed. ICE is failed, DTLS is new and new. ICE servers: none. UDP between ' +
      'this browser and the server is blocked, or the server announces a wrong address: open its UDP port, or offer ' +
      'a TURN server.',
  )
  expect(describePath({ ...report, local: new Map([['relay/udp', 1]]) })).toContain('check the TURN server')
  const servers = new Map([
    ['stun:stun.example.com', null],
    ['turn:turn.example.com?transport=tcp', '401 Unauthorized'],
  ])
  expect(describePath({ ...report, servers })).toMatch(
    /ICE servers: stun:stun\.example\.com, turn:turn\.example\.com\?transport=tcp \(401 Unauthorized\)\. .*check the TURN server, which gave this browser no address\.$/,
  )
  expect(describePath({ ...report, remote: new Map() })).toContain('The server named no address')
  expect(describePath({ ...report, pairs: new Map([['succeeded', 1]]) })).toContain('found and lost again')
})
