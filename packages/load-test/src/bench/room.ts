import type { HostedMemberOptions } from '../memberMessages.ts'
import type { HostedMember, MemberHost } from '../MemberHost.ts'
import type { ServerUnderTest } from './ServerUnderTest.ts'

export type RoomOfMembers = { host: MemberHost; member: HostedMember }[]

export type JoinRoomOptions = {
  server: ServerUnderTest
  /** Members are dealt out to these in turn. */
  hosts: readonly MemberHost[]
  roomName: string
  members: number
  /** How many of them are heard. */
  speakers: number
}

/** Options of a simulated member with a picture; `index` gives it a name and a tone of its own. */
export async function memberOptions(
  server: ServerUnderTest,
  roomName: string,
  index: number,
  isHeard: boolean,
): Promise<HostedMemberOptions> {
  const name = `Member ${index + 1}`
  return {
    url: server.webSocketUrl,
    token: await server.tokens.token(roomName, name),
    name,
    sound: isHeard ? { toneHz: 300 + index * 110 } : 'silence',
    sendsVideo: true,
    bindAddress: '127.0.0.1',
  }
}

/** Resolves when everybody is in the room and sees it. */
export async function joinRoom(options: JoinRoomOptions): Promise<RoomOfMembers> {
  const { server, hosts, roomName, members, speakers } = options
  const joining = Array.from({ length: members }, async (_, index) => {
    const host = hosts[index % hosts.length]
    if (host === undefined) throw new RangeError('At least one process of simulated members is needed')
    return { host, member: await host.join(await memberOptions(server, roomName, index, index < speakers)) }
  })
  const room = await Promise.all(joining)
  await Promise.all(room.map(({ host, member }) => host.firstFrame(member)))
  return room
}

export async function leaveRoom(room: RoomOfMembers): Promise<void> {
  await Promise.all(room.map(({ host, member }) => host.leave(member)))
}
