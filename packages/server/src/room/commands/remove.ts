import { depart, endSession } from '../departures.ts'
import { command } from './command.ts'
import { fields, noParams } from './params.ts'

/** `all` is everybody, the caller and the audience too. */
export const removeMember = command(
  noParams.extend({ member_id: fields.requiredMemberId }),
  (context, { member_id }) => {
    if (member_id === 'all') endSession(context, 'NORMAL_CLEARING')
    else depart(context, [context.state.get(member_id)], 'NORMAL_CLEARING')
  },
)
