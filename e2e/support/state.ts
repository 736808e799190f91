import type { VideoLayout, VideoMember } from '@roomful/protocol'
import type { BrowserMember } from './BrowserMember.ts'
import { waitFor } from './waitFor.ts'

/** The member as `getMembers()` of this client lists it. */
export async function memberOf(viewer: BrowserMember, memberId: string): Promise<VideoMember> {
  const { members } = (await viewer.call('getMembers')) as { members: VideoMember[] }
  const found = members.find((member) => member.id === memberId)
  if (found === undefined) throw new Error(`${memberId} is not in the list of ${viewer.client}`)
  return found
}

/** Who has which place in the layout that a page was told last. */
export function positionsOf(layout: VideoLayout | undefined): Record<string, string> {
  const taken = layout?.layers.filter((layer) => layer.member_id !== null) ?? []
  return Object.fromEntries(taken.map((layer) => [layer.member_id ?? '', layer.position]))
}

type Update = Record<string, unknown> & { id: string; updated?: string[] }

/** Waits until a page is told of a change of exactly these properties, to these values. */
export async function expectMemberUpdate(
  viewer: BrowserMember,
  memberId: string,
  expected: Partial<VideoMember>,
): Promise<void> {
  const wanted = sorted(Object.keys(expected))
  await waitFor(`${viewer.client} to be told of ${wanted} of a member`, async () => {
    const updates = (await viewer.events('member.updated'))
      .map(({ payload }) => payload['member'] as Update)
      .filter((member) => member.id === memberId)
    if (updates.some((member) => sorted(member.updated) === wanted && has(member, expected))) return true
    throw new Error(JSON.stringify(updates.map((member) => member.updated)))
  })
}

/** The same of the room. */
export async function expectRoomUpdate(
  viewer: BrowserMember,
  expected: Readonly<Record<string, unknown>>,
): Promise<void> {
  const wanted = sorted(Object.keys(expected))
  await waitFor(`${viewer.client} to be told of ${wanted} of the room`, async () => {
    const updates = await viewer.events('room.updated')
    const fits = (change: unknown): boolean =>
      sorted((change as Update).updated) === wanted && has(change as Update, expected)
    // The document reads `room`, the original's own tests `room_session`.
    if (updates.some(({ payload }) => fits(payload['room']) && fits(payload['room_session']))) return true
    throw new Error(JSON.stringify(updates.map(({ payload }) => payload['room'])))
  })
}

const sorted = (names: readonly string[] = []): string => [...names].sort().join()

const has = (value: Update, expected: object): boolean =>
  Object.entries(expected).every(([name, each]) => JSON.stringify(value[name]) === JSON.stringify(each))
