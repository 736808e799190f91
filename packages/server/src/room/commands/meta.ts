import type { Meta } from '@roomful/protocol'
import { command, targetOf } from './command.ts'
import { checkMeta, fields, memberParams, noParams } from './params.ts'

const without = (meta: Meta, keys: readonly string[]): Meta => {
  const dropped = new Set(keys)
  return Object.fromEntries(Object.entries(meta).filter(([key]) => !dropped.has(key)))
}

export const getMeta = command(noParams, ({ state }) => ({ meta: state.flags.meta }))

export const setMeta = command(noParams.extend({ meta: fields.meta }), ({ state }, { meta }) => {
  state.updateFlags({ meta: checkMeta(meta) })
})

export const updateMeta = command(noParams.extend({ meta: fields.meta }), ({ state }, { meta }) => {
  state.updateFlags({ meta: checkMeta({ ...state.flags.meta, ...meta }) })
})

export const deleteMeta = command(noParams.extend({ keys: fields.keys }), ({ state }, { keys }) => {
  state.updateFlags({ meta: without(state.flags.meta, keys) })
})

export const getMemberMeta = command(memberParams, (context, { member_id }) => ({
  meta: targetOf(context, member_id).meta,
}))

export const setMemberMeta = command(
  memberParams.extend({ meta: fields.meta }),
  (context, { member_id, meta }) => {
    context.state.update(targetOf(context, member_id), { meta: checkMeta(meta) })
  },
)

export const updateMemberMeta = command(
  memberParams.extend({ meta: fields.meta }),
  (context, { member_id, meta }) => {
    const target = targetOf(context, member_id)
    context.state.update(target, { meta: checkMeta({ ...target.meta, ...meta }) })
  },
)

export const deleteMemberMeta = command(
  memberParams.extend({ keys: fields.keys }),
  (context, { member_id, keys }) => {
    const target = targetOf(context, member_id)
    context.state.update(target, { meta: without(target.meta, keys) })
  },
)
