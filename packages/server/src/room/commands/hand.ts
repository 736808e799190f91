import { command, memberOf } from './command.ts'
import { fields, memberParams, noParams } from './params.ts'

export const raiseHand = command(memberParams, (context, { member_id }) => {
  const member = memberOf(context, member_id)
  // Raising a raised hand again must not send it to the end of the queue.
  if (member.raisedOrder === null) context.state.update(member, { raisedOrder: context.state.takeOrder() })
})

export const lowerHand = command(memberParams, (context, { member_id }) => {
  context.state.update(memberOf(context, member_id), { raisedOrder: null })
})

/** Without `enable` it becomes the opposite of what it is. */
export const prioritizeHandraise = command(
  noParams.extend({ enable: fields.flag.nullish() }),
  ({ state }, { enable }) => {
    const prioritize = enable ?? !state.flags.prioritizeHandraise
    state.updateFlags({ prioritizeHandraise: prioritize })
    return { prioritize_handraise: prioritize }
  },
)
