import type { Rgb } from '@roomful/load-test'
import type { BrowserMember } from '../support/BrowserMember.ts'
import { checkPointsOf, mismatch } from '../support/composite.ts'
import { waitFor } from '../support/waitFor.ts'

/** Louder than this is a member's tone, not what is left of it. */
const audibleDb = -60

/** Waits until the picture moves and the tone is heard again; how long that took since `sinceMs`, in seconds. */
export async function secondsUntilBack(
  member: BrowserMember,
  toneHz: number,
  sinceMs: number,
): Promise<number> {
  let startTime = await member.videoTime()
  const timing = { timeoutMs: 30_000, intervalMs: 50 }
  const moves = async (): Promise<boolean> => {
    const time = await member.videoTime()
    // Another stream begins at nought again.
    startTime = Math.min(startTime, time)
    return time - startTime > 0.2
  }
  const isHeard = async (): Promise<boolean> => ((await member.tonesDb([toneHz], 1))[0] ?? -200) > audibleDb
  await Promise.all([
    waitFor(`the picture of ${member.client} to move`, moves, timing),
    waitFor(`${member.client} to hear the tone`, isHeard, timing),
  ])
  return (performance.now() - sinceMs) / 1000
}

/**
 * Waits until a page sees everybody's colour, or the mute image of those who have none, where the layout says.
 * Neighbours may have the same.
 */
export async function expectPicture(
  viewer: BrowserMember,
  memberCount: number,
  colors: ReadonlyMap<string, Rgb>,
): Promise<void> {
  const look = async (): Promise<boolean> => {
    const layout = await viewer.layout()
    const tiles = layout?.layers.filter((layer) => layer.member_id !== null).length
    if (layout === undefined || tiles !== memberCount) throw new Error(`${tiles} tiles`)
    const checks = checkPointsOf(layout)
    const picture = await viewer.colorsAt(checks.map(({ point }) => point))
    if (picture === null) throw new Error('no picture')
    for (const [index, check] of checks.entries()) {
      const wrong = mismatch(check, picture.colors[index] as Rgb, (id) => colors.get(id))
      if (wrong !== null) throw new Error(wrong)
    }
    return true
  }
  await waitFor(`${viewer.client} to see everybody's tile`, look, { timeoutMs: 30_000 })
}
