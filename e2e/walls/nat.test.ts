import { afterAll, expect, test } from 'vitest'
import { colorDistance, type SimulatedMember } from '@roomful/load-test'
import { freePorts } from '@roomful/media/testing/freePorts'
import { person } from '../support/people.ts'
import { colorTolerance } from '../support/picture.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { joinSimulated, Watcher } from '../support/simulated.ts'
import { waitFor } from '../support/waitFor.ts'
import { OneToOneNat } from './OneToOneNat.ts'

const [ada, bo] = [person(0), person(1)]
const announcedIp = '127.0.0.2'

let nat: OneToOneNat
let server: TestServer
let member: SimulatedMember
let watcher: Watcher

afterAll(async () => {
  await watcher?.close()
  await member?.leave()
  await server?.close()
  nat?.close()
})

test('a server behind NAT is reached at the address and the port that it announces, and nowhere else', async () => {
  const rtcPort = await freePorts(2)
  nat = await OneToOneNat.open(announcedIp, rtcPort)
  server = await startTestServer({ config: { rtcPort, announcedIp, announcedPort: nat.port } })
  // Neither tells its address, so that the server cannot come to them past the NAT.
  member = await joinSimulated(server, 'nat', bo, { hidesAddress: true })
  let opusPackets = 0
  const seen = { ada: false, bo: false }
  watcher = await Watcher.join(
    server,
    'nat',
    ada,
    (picture, layout) => {
      for (const [name, id, { color }] of [
        ['ada', watcher?.member.memberId, ada],
        ['bo', member.memberId, bo],
      ] as const) {
        const tile = layout.layers.find(({ member_id }) => member_id === id)
        if (tile === undefined) continue
        const at = picture.colorAt(tile.x + tile.width * 0.8, tile.y + tile.height * 0.2)
        seen[name] ||= colorDistance(at, color) < colorTolerance
      }
    },
    { hidesAddress: true, onOpus: () => opusPackets++ },
  )
  await waitFor('both pictures and sound', () => seen.ada && seen.bo && opusPackets > 50)
  // Two members, both ways: what was seen has come through here.
  expect(nat.passed.in).toBeGreaterThan(100)
  expect(nat.passed.out).toBeGreaterThan(100)
})
