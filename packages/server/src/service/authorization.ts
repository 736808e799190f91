import { randomInt } from 'node:crypto'
import {
  toPermission,
  type Authorization,
  type MediaAllowed,
  type MediaDirectionAllowed,
  type Permission,
  type RoomTokenClaims,
} from '@roomful/protocol'
import type { LegOptions } from '@roomful/media'
import type { Joiner, Role } from '../room/types.ts'

/** Who a session is: what its client is told, and what the room is told. */
export type Identity = { authorization: Authorization; joiner: Joiner }

/**
 * The identity that a token gives. `signature` names the session: the stock client keeps a session over a
 * reconnect only if it finds the signature in the `protocol` string.
 */
export function toIdentity(claims: RoomTokenClaims, signature: string): Identity {
  const name = claims.u ?? randomUserName()
  const permissions = claims.ja === 'audience' ? [] : toPermissions(claims.s)
  return {
    authorization: {
      type: 'video',
      project: claims.sub,
      project_id: claims.sub,
      scopes: ['video'],
      scope_id: claims.sub,
      resource: signature,
      join_as: claims.ja,
      user_name: name,
      room: {
        name: claims.r,
        display_name: claims.room_display_name ?? claims.r,
        scopes: permissions,
        meta: claims.rmta ?? {},
        join_audio_muted: claims.join_audio_muted ?? false,
        join_video_muted: claims.join_video_muted ?? false,
      },
      signature,
      media_allowed: claims.ma,
      ...mediaDirections(claims.ja, claims.ma),
      meta: claims.mta ?? {},
    },
    joiner: {
      name,
      joinAs: claims.ja,
      mediaAllowed: claims.ma,
      permissions,
      meta: claims.mta ?? {},
      audioMuted: claims.join_audio_muted ?? false,
      videoMuted: claims.join_video_muted ?? false,
      endRoomSessionOnLeave: claims.end_room_session_on_leave ?? false,
      joinFromMs: toMs(claims.jf),
      joinUntilMs: toMs(claims.ju),
      removeAtMs: toMs(claims.rat),
      removeAfterSeconds: claims.rse ?? null,
    },
  }
}

/** The identity with a role in place of the one that the token gives. */
export function withRole({ authorization, joiner }: Identity, role: Role): Identity {
  const { joinAs, mediaAllowed, permissions, meta, audioMuted, videoMuted, promoted } = role
  return {
    authorization: {
      ...authorization,
      join_as: joinAs,
      room: {
        ...authorization.room,
        scopes: [...permissions],
        join_audio_muted: audioMuted,
        join_video_muted: videoMuted,
      },
      media_allowed: mediaAllowed,
      ...mediaDirections(joinAs, mediaAllowed, promoted),
      meta,
    },
    joiner: { ...joiner, joinAs, mediaAllowed, permissions, meta, audioMuted, videoMuted },
  }
}

/** The identity under another name. */
export function withName({ authorization, joiner }: Identity, name: string): Identity {
  return { authorization: { ...authorization, user_name: name }, joiner: { ...joiner, name } }
}

/** What a role may do with each kind of media. Whoever was promoted may receive all of it. */
export function mediaDirections(
  joinAs: Authorization['join_as'],
  mediaAllowed: MediaAllowed,
  promoted = false,
): { audio_allowed: MediaDirectionAllowed; video_allowed: MediaDirectionAllowed } {
  const allowed = joinAs === 'member' ? 'both' : 'receive'
  const other = promoted ? 'receive' : 'none'
  return {
    audio_allowed: mediaAllowed === 'video-only' ? other : allowed,
    video_allowed: mediaAllowed === 'audio-only' ? other : allowed,
  }
}

/** What the media process is to let a call do: the client's own rules protect nobody. */
export function toLegOptions(authorization: Authorization, memberId: string): LegOptions {
  const audio = authorization.audio_allowed
  const video = authorization.video_allowed
  return {
    sourceId: authorization.join_as === 'member' ? memberId : null,
    audio: { send: audio === 'both', receive: audio !== 'none' },
    video: { send: video === 'both', receive: video !== 'none' },
  }
}

/** The same for a screen or device of somebody: it sends what its owner may send, and receives nothing. */
export function toChildLegOptions(authorization: Authorization, memberId: string): LegOptions {
  return {
    sourceId: memberId,
    audio: { send: authorization.audio_allowed === 'both', receive: false },
    video: { send: authorization.video_allowed === 'both', receive: false },
  }
}

/** Known permissions, order kept, none twice. */
function toPermissions(names: readonly string[]): Permission[] {
  const permissions = new Set<Permission>()
  for (const name of names) {
    const permission = toPermission(name)
    if (permission !== undefined) permissions.add(permission)
  }
  return [...permissions]
}

function toMs(unixSeconds: number | undefined): number | null {
  return unixSeconds === undefined ? null : unixSeconds * 1000
}

const nameAlphabet = 'abcdefghijkmnpqrstuvwxyz23456789'

function randomUserName(): string {
  return Array.from({ length: 8 }, () => nameAlphabet[randomInt(nameAlphabet.length)]).join('')
}
