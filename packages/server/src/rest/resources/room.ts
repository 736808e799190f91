import {
  roomFieldDefaults,
  type CreateRoom,
  type RoomResource,
  type UpdateRoom,
} from '@roomful/protocol/rest'
import type { RoomRecord } from '../../store/index.ts'
import { toIsoTime, toIsoTimeOrNull } from './time.ts'

/** What every new room and conference has unless its request says otherwise. */
export const newRoomFields = {
  description: null,
  quality: roomFieldDefaults.quality,
  layout: roomFieldDefaults.layout,
  recordOnStart: roomFieldDefaults.record_on_start,
  enableRoomPreviews: roomFieldDefaults.enable_room_previews,
  joinFromMs: null,
  joinUntilMs: null,
  removeAtMs: null,
  removeAfterSeconds: null,
  meta: {},
  toneOnEntryAndExit: true,
  roomJoinVideoOff: false,
  userJoinVideoOff: false,
  prioritizeHandraise: false,
  syncAudioVideo: null,
  autoCreated: false,
} as const

type Defaults<T> = { [Key in keyof T]: NonNullable<T[Key]> | null }
type SharedRequest = Pick<
  UpdateRoom,
  | 'description'
  | 'join_from'
  | 'join_until'
  | 'quality'
  | 'layout'
  | 'record_on_start'
  | 'enable_room_previews'
>

/** Takes `null` for the default, and nothing for what is left out. */
export function orDefault<T, D>(value: T | null | undefined, fallback: D): T | D | undefined {
  return value === null ? fallback : value
}

/** The properties that a request sets of what rooms and conferences share; undefined: it leaves them alone. */
export function toSharedProperties(request: Defaults<SharedRequest> | SharedRequest) {
  const defaults = roomFieldDefaults
  return {
    description: request.description,
    joinFromMs: request.join_from,
    joinUntilMs: request.join_until,
    quality: orDefault(request.quality, defaults.quality),
    layout: orDefault(request.layout, defaults.layout),
    recordOnStart: orDefault(request.record_on_start, defaults.record_on_start),
    enableRoomPreviews: orDefault(request.enable_room_previews, defaults.enable_room_previews),
  }
}

/** What a member's coming does, as far as a request says it. */
export function toArrivalProperties(
  request: Pick<UpdateRoom, 'tone_on_entry_and_exit' | 'room_join_video_off' | 'user_join_video_off'>,
) {
  const { toneOnEntryAndExit, roomJoinVideoOff, userJoinVideoOff } = newRoomFields
  return {
    toneOnEntryAndExit: orDefault(request.tone_on_entry_and_exit, toneOnEntryAndExit),
    roomJoinVideoOff: orDefault(request.room_join_video_off, roomJoinVideoOff),
    userJoinVideoOff: orDefault(request.user_join_video_off, userJoinVideoOff),
  }
}

/** The properties that a request sets; undefined: it leaves them alone. */
export function toRoomProperties(request: CreateRoom | UpdateRoom, name: string) {
  return {
    name: request.name,
    displayName: orDefault(request.display_name, name),
    ...toSharedProperties(request),
    maxMembers: orDefault(request.max_members, roomFieldDefaults.max_members),
    removeAtMs: request.remove_at,
    removeAfterSeconds: request.remove_after_seconds_elapsed,
    meta: orDefault(request.meta, {}),
    syncAudioVideo: request.sync_audio_video,
    ...toArrivalProperties(request),
  }
}

/** Without the properties that are undefined. */
export function defined<T extends object>(value: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as never
}

export function toRoom(room: RoomRecord): RoomResource {
  return {
    id: room.id,
    name: room.name,
    display_name: room.displayName,
    description: room.description,
    max_members: room.maxMembers,
    quality: room.quality,
    fps: room.fps,
    join_from: toIsoTimeOrNull(room.joinFromMs),
    join_until: toIsoTimeOrNull(room.joinUntilMs),
    remove_at: toIsoTimeOrNull(room.removeAtMs),
    remove_after_seconds_elapsed: room.removeAfterSeconds,
    layout: room.layout,
    record_on_start: room.recordOnStart,
    tone_on_entry_and_exit: room.toneOnEntryAndExit,
    room_join_video_off: room.roomJoinVideoOff,
    user_join_video_off: room.userJoinVideoOff,
    enable_room_previews: room.enableRoomPreviews,
    sync_audio_video: room.syncAudioVideo,
    meta: room.meta,
    prioritize_handraise: room.prioritizeHandraise,
    created_at: toIsoTime(room.createdAtMs),
    updated_at: toIsoTime(room.updatedAtMs),
  }
}
