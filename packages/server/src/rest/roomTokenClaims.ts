import { defaultPermissions, type Permission } from '@roomful/protocol'
import type { CreateRoomToken } from '@roomful/protocol/rest'
import type { NewRoomToken } from '../service/index.ts'

/** The claims of the token that a request asks for, defaults filled in. */
export function toClaims(request: CreateRoomToken): NewRoomToken {
  const joinAs = request.join_as ?? 'member'
  return {
    u: request.user_name ?? undefined,
    r: request.room_name,
    s: joinAs === 'audience' ? [] : unique(request.permissions ?? defaultPermissions),
    ja: joinAs,
    ma: request.media_allowed ?? 'all',
    acr: request.auto_create_room ?? true,
    mta: request.meta ?? undefined,
    rmta: request.room_meta ?? undefined,
    jf: toSeconds(request.join_from),
    ju: toSeconds(request.join_until),
    rat: toSeconds(request.remove_at),
    rse: request.remove_after_seconds_elapsed ?? undefined,
    erp: request.enable_room_previews ?? false,
    room_display_name: request.room_display_name ?? undefined,
    join_audio_muted: request.join_audio_muted ?? false,
    join_video_muted: request.join_video_muted ?? false,
    end_room_session_on_leave: request.end_room_session_on_leave ?? false,
    sync_audio_video: request.sync_audio_video ?? false,
  }
}

function toSeconds(unixMs: number | null | undefined): number | undefined {
  return unixMs == null ? undefined : unixMs / 1000
}

function unique(permissions: readonly Permission[]): Permission[] {
  return [...new Set(permissions)]
}
