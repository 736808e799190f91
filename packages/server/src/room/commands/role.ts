import { defaultPermissions, RoomError, toPermission } from '@roomful/protocol'
import type { Permission } from '@roomful/protocol'
import { z } from 'zod'
import { endChildren } from '../departures.ts'
import { placeRefusal } from '../joining.ts'
import type { Member } from '../Member.ts'
import { command, targetOf } from './command.ts'
import type { CommandContext } from './command.ts'
import { checkMeta, fields, memberParams, noParams } from './params.ts'

/** How long a promoted person has for its new call: its user may have to allow the camera first. */
export const promotionTimeoutMs = 60_000

const mediaAllowedNames = ['all', 'audio-only', 'video-only'] as const
const mediaAllowed = z.enum(mediaAllowedNames, {
  error: `must be one of ${mediaAllowedNames.join(', ')}`,
})

const permissions = z
  .array(z.string({ error: 'must be strings' }), { error: 'must be a list of permissions' })
  .max(200, { error: 'must be 200 permissions at most' })
  .transform((names, context): Permission[] => {
    const known = new Set<Permission>()
    for (const name of names) {
      const permission = toPermission(name)
      if (permission !== undefined) known.add(permission)
      else context.addIssue({ code: 'custom', message: `no permission ${JSON.stringify(name.slice(0, 50))}` })
    }
    return [...known]
  })

/**
 * Somebody of the audience is to be a member. It becomes one with its new call, so that nobody is shown a member
 * who is not there yet; until then its place is kept.
 */
export const promote = command(
  noParams.extend({
    member_id: fields.requiredMemberId,
    media_allowed: mediaAllowed.nullish(),
    permissions: permissions.nullish(),
    meta: fields.meta.nullish(),
    join_audio_muted: fields.flag.nullish(),
    join_video_muted: fields.flag.nullish(),
  }),
  (context, params) => {
    const { state, changes, nowMs } = context
    const target = state.get(params.member_id)
    if (!target.isAudience) throw new RoomError('already_member')
    // Asked again, e.g. by a client that did not hear the reply.
    if (target.promotion !== null) return
    const refusal = placeRefusal(state)
    if (refusal) throw refusal
    const role = {
      joinAs: 'member',
      mediaAllowed: params.media_allowed ?? target.mediaAllowed,
      promoted: true,
      permissions: params.permissions ?? [...defaultPermissions],
      meta: params.meta ? checkMeta(params.meta) : target.meta,
      audioMuted: params.join_audio_muted ?? false,
      videoMuted: params.join_video_muted ?? state.settings.joinVideoMuted,
    } as const
    state.update(target, { promotion: { role, expiresAtMs: nowMs + promotionTimeoutMs } })
    changes.roles.push({ memberId: target.id, role })
  },
)

/** A member goes to the audience, at once: nothing of its sound or picture is taken any more. */
export const demote = command(
  memberParams.extend({ media_allowed: mediaAllowed.nullish() }),
  (context, { member_id, media_allowed }) => {
    const { state, changes } = context
    const target = targetOf(context, member_id)
    if (target.promotion !== null) {
      takeBackPromotion(context, target)
      return
    }
    if (target.isAudience) {
      throw new RoomError('member_not_found', 'Member not found: audience participants cannot be demoted')
    }
    if (target.parentId !== null) {
      throw new RoomError(
        'conflict',
        'Screens and devices cannot be demoted; demote their owner or remove them',
      )
    }
    endChildren(context, target, 'NORMAL_CLEARING')
    const role = {
      joinAs: 'audience',
      mediaAllowed: media_allowed ?? target.mediaAllowed,
      promoted: false,
      permissions: [],
      meta: target.meta,
      audioMuted: false,
      videoMuted: false,
    } as const
    state.changeRole(target, role)
    changes.withdrawn = target
    changes.tellLayout = true
    changes.roles.push({ memberId: target.id, role })
  },
)

type Context = Pick<CommandContext, 'state' | 'changes'>

/** The person never called anew, or was demoted before it did: it stays what it is, and is told so. */
export function takeBackPromotion({ state, changes }: Context, target: Member): void {
  state.update(target, { promotion: null })
  changes.roles.push({ memberId: target.id, role: target.role() })
}
