import type { ListenerSettings, SourceSettings } from '@roomful/media'
import type {
  CallId,
  MediaAllowed,
  MemberId,
  MemberType,
  Meta,
  Permission,
  RoomId,
  RoomSessionId,
  VideoMember,
  VideoPosition,
} from '@roomful/protocol'
import type { Tenant } from './layouts/LayoutEngine.ts'
import type { Speaker } from './layouts/Floor.ts'
import type { Joiner, Role, Snapshot } from './types.ts'

export type MemberOptions = {
  id: MemberId
  callId: CallId
  joiner: Joiner
  sendsAudio: boolean
  sendsVideo: boolean
  /** Unix milliseconds at which it is removed; null: never. */
  removeAtMs: number | null
  /** A screen or device of the member with id `parentId`. */
  child?: { kind: 'screen' | 'device'; parentId: MemberId } | undefined
}

/** A promotion that waits for the person's new call. */
export type Promotion = {
  role: Role
  /** Unix milliseconds at which it is taken back. */
  expiresAtMs: number
}

/** What commands may change of a member. */
export type MemberPatch = Partial<
  Pick<
    Member,
    | 'audioMuted'
    | 'videoMuted'
    | 'deaf'
    | 'inputVolumeDb'
    | 'outputVolumeDb'
    | 'inputSensitivity'
    | 'meta'
    | 'raisedOrder'
    | 'requestedPosition'
    | 'requestOrder'
    | 'currentPosition'
    | 'visible'
    | 'sendsAudio'
    | 'sendsVideo'
    | 'talkingSinceMs'
    | 'promotion'
  >
>

/** A member or an audience participant of a session. Changed through `RoomState.update` only. */
export class Member implements Tenant, Speaker {
  readonly id: MemberId
  readonly name: string
  readonly parentId: MemberId | null
  readonly endRoomSessionOnLeave: boolean
  readonly removeAtMs: number | null
  type: MemberType
  permissions: ReadonlySet<Permission>
  mediaAllowed: MediaAllowed
  /** It is a member because somebody promoted it. */
  promoted = false
  promotion: Promotion | null = null
  callId: CallId
  audioMuted: boolean
  videoMuted: boolean
  deaf = false
  inputVolumeDb = 0
  outputVolumeDb = 0
  inputSensitivity = 30
  meta: Meta
  raisedOrder: number | null = null
  requestedPosition: VideoPosition = 'auto'
  requestOrder = 0
  currentPosition: VideoPosition = 'off-canvas'
  visible = false
  sendsAudio: boolean
  sendsVideo: boolean
  talkingSinceMs: number | null = null

  constructor({ id, callId, joiner, sendsAudio, sendsVideo, removeAtMs, child }: MemberOptions) {
    const isAudience = joiner.joinAs === 'audience'
    this.id = id
    this.callId = callId
    this.name = joiner.name
    this.type = child?.kind ?? joiner.joinAs
    this.parentId = child?.parentId ?? null
    this.permissions = new Set(isAudience ? [] : joiner.permissions)
    this.mediaAllowed = joiner.mediaAllowed
    this.endRoomSessionOnLeave = joiner.endRoomSessionOnLeave
    this.removeAtMs = removeAtMs
    this.audioMuted = joiner.audioMuted
    this.videoMuted = joiner.videoMuted
    this.meta = joiner.meta
    this.sendsAudio = sendsAudio && !isAudience
    this.sendsVideo = sendsVideo && !isAudience
  }

  get isAudience(): boolean {
    return this.type === 'audience'
  }

  get isScreen(): boolean {
    return this.type === 'screen'
  }

  /** Whether there is a picture to draw; else the mute image takes its place. */
  get hasPicture(): boolean {
    return this.sendsVideo && !this.videoMuted
  }

  /** What it is now. */
  role(): Role {
    return {
      joinAs: this.isAudience ? 'audience' : 'member',
      mediaAllowed: this.mediaAllowed,
      promoted: this.promoted,
      permissions: [...this.permissions],
      meta: this.meta,
      audioMuted: this.audioMuted,
      videoMuted: this.videoMuted,
    }
  }

  snapshot(): Snapshot {
    return {
      ...this.role(),
      name: this.name,
      deaf: this.deaf,
      inputVolumeDb: this.inputVolumeDb,
      outputVolumeDb: this.outputVolumeDb,
      inputSensitivity: this.inputSensitivity,
      handRaised: this.raisedOrder !== null,
      requestedPosition: this.requestedPosition,
      removeAtMs: this.removeAtMs,
    }
  }

  sourceSettings(): SourceSettings {
    return {
      audioMuted: this.audioMuted,
      videoMuted: this.videoMuted,
      inputVolumeDb: this.inputVolumeDb,
      inputSensitivity: this.inputSensitivity,
      parentSourceId: this.parentId,
    }
  }

  listenerSettings(): ListenerSettings {
    return { outputVolumeDb: this.outputVolumeDb, deaf: this.deaf }
  }

  /** The member as events and lists show it. */
  view(roomId: RoomId, roomSessionId: RoomSessionId): VideoMember {
    return {
      id: this.id,
      room_id: roomId,
      room_session_id: roomSessionId,
      name: this.name,
      type: this.type,
      parent_id: this.parentId,
      audio_muted: this.audioMuted,
      video_muted: this.videoMuted,
      deaf: this.deaf,
      visible: this.visible,
      handraised: this.raisedOrder !== null,
      input_volume: this.inputVolumeDb,
      output_volume: this.outputVolumeDb,
      input_sensitivity: this.inputSensitivity,
      requested_position: this.requestedPosition,
      current_position: this.currentPosition,
      meta: this.meta,
      talking: this.talkingSinceMs !== null,
    }
  }
}
