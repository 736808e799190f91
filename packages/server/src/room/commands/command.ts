import { RoomError } from '@roomful/protocol'
import type { z } from 'zod'
import type { Changes } from '../Changes.ts'
import type { Member } from '../Member.ts'
import type { RoomState } from '../RoomState.ts'

export type CommandContext = {
  readonly state: RoomState
  readonly changes: Changes
  /** null: the server itself. */
  readonly caller: Member | null
  readonly nowMs: number
}

/** What a reply tells besides that it was done. */
export type CommandResult = Record<string, unknown>

/**
 * A `video.*` request. The permission was checked already. `run` first looks whether all is as it must be, then
 * changes: a command that throws has changed nothing.
 */
export type Command = { run: (context: CommandContext, params: unknown) => CommandResult }

export function command<Schema extends z.ZodType>(
  schema: Schema,
  run: (context: CommandContext, params: z.output<Schema>) => CommandResult | void,
): Command {
  return {
    run: (context, params) => {
      const parsed = schema.safeParse(params)
      if (parsed.success) return run(context, parsed.data) ?? {}
      throw new RoomError('invalid_params', describe(parsed.error))
    },
  }
}

function describe(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('; ')
}

/** The participant a request is about: the one it names, else the caller. */
export function targetOf({ state, caller }: CommandContext, memberId: string | null | undefined): Member {
  if (memberId != null) return state.get(memberId)
  if (caller) return caller
  throw new RoomError('invalid_params', 'member_id: needed, for there is no caller to stand for it')
}

/** The same, for what only somebody with a microphone, a camera, a hand and a place can be asked for. */
export function memberOf(context: CommandContext, memberId: string | null | undefined): Member {
  const target = targetOf(context, memberId)
  if (!target.isAudience) return target
  throw new RoomError(
    'conflict',
    'Audience participants have no microphone, camera, hand or place in the layout',
  )
}
