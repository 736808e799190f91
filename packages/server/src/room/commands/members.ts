import { command } from './command.ts'
import { noParams } from './params.ts'

/** Audience participants are counted, not listed. */
export const getMembers = command(noParams, ({ state }) => ({
  members: Array.from(state.members.values(), (member) => state.memberView(member)),
}))
