import type { LayoutName, VideoPosition } from '@roomful/protocol'
import { checkPosition } from '../layouts/positions.ts'
import type { Member } from '../Member.ts'
import { command, memberOf } from './command.ts'
import type { CommandContext } from './command.ts'
import { fields, memberParams, noParams } from './params.ts'

export type Placement = { member: Member; position: VideoPosition }

/** Turns `positions` of a request into placements; `self` is the caller. Throws if any of them cannot be. */
export function checkPositions(
  context: CommandContext,
  layout: LayoutName,
  positions: Readonly<Record<string, string>>,
): Placement[] {
  return Object.entries(positions).map(([memberId, position]) => ({
    member: memberOf(context, memberId === 'self' ? undefined : memberId),
    position: checkPosition(layout, position),
  }))
}

export function applyPlacements(
  { state }: Pick<CommandContext, 'state'>,
  placements: readonly Placement[],
): void {
  for (const { member, position } of placements) {
    // Asking again for the same place keeps one's turn.
    if (member.requestedPosition === position) continue
    state.update(member, { requestedPosition: position, requestOrder: state.takeOrder() })
  }
}

export const setMemberPosition = command(
  memberParams.extend({ position: fields.position }),
  (context, { member_id, position }) => {
    const member = memberOf(context, member_id)
    applyPlacements(context, [{ member, position: checkPosition(context.state.flags.layoutName, position) }])
  },
)

export const setPositions = command(
  noParams.extend({ positions: fields.positions }),
  (context, { positions }) => {
    applyPlacements(context, checkPositions(context, context.state.flags.layoutName, positions))
  },
)
