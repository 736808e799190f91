import type { MemberHost } from '../MemberHost.ts'
import { joinRoom, leaveRoom, memberOptions } from './room.ts'
import type { ServerUnderTest } from './ServerUnderTest.ts'

const membersThere = 4

export type JoinTimesMs = { joined: number[]; firstFrame: number[] }

/**
 * Simulated members that come one after another into a room of four. Both times run from before the socket
 * is opened.
 */
export async function measureJoins(
  server: ServerUnderTest,
  hosts: readonly MemberHost[],
  joins: number,
): Promise<JoinTimesMs> {
  const roomName = 'bench-joins'
  const room = await joinRoom({ server, hosts, roomName, members: membersThere, speakers: membersThere })
  const times: JoinTimesMs = { joined: [], firstFrame: [] }
  for (let number = 0; number < joins; number++) {
    const host = hosts[number % hosts.length]
    if (host === undefined) throw new RangeError('At least one process of simulated members is needed')
    const member = await host.join(await memberOptions(server, roomName, membersThere + number, true))
    times.joined.push(member.joinedMs)
    times.firstFrame.push(await host.firstFrame(member))
    await host.leave(member)
  }
  await leaveRoom(room)
  return times
}
