import type { MediaAllowed, Meta } from '@roomful/protocol'
import { DeviceControls } from './DeviceControls.ts'
import type { MemberParams } from './RoomBase.ts'
import {
  checkMediaAllowed,
  checkMeta,
  checkNames,
  checkOptionalBoolean,
  checkRecord,
  checkText,
} from './validate.ts'

export type PromoteParams = {
  /** Audience participant to promote. */
  memberId: string
  /** Media that the new member may send. Default `all`. */
  mediaAllowed?: MediaAllowed
  /** Whether the new member is muted at first. Default false. */
  joinAudioMuted?: boolean
  /** Whether the camera of the new member is muted at first. Default false. */
  joinVideoMuted?: boolean
  /** What the new member may do, e.g. `room.self.audio_mute`. */
  permissions?: string[]
  /** Metadata of the new member, at most 2,000 characters as JSON. */
  meta?: Meta
}

export type DemoteParams = MemberParams & {
  /** Media that the audience participant may receive. Default `all`. */
  mediaAllowed?: MediaAllowed
}

/** Who is a member and who is audience. */
export abstract class RoleControls extends DeviceControls {
  /**
   * Makes an audience participant a member: with the same id, seen and heard from now on. Rejects with code
   * `403` for somebody who is a member already. Needs `room.member.promote`.
   */
  async promote(params: PromoteParams): Promise<void> {
    const where = 'promote()'
    checkRecord(where, params)
    await this.memberRequest(
      'promote',
      'video.member.promote',
      checkText(where, 'memberId', params.memberId),
      {
        media_allowed: checkMediaAllowed(where, params.mediaAllowed),
        join_audio_muted: checkOptionalBoolean(where, 'joinAudioMuted', params.joinAudioMuted),
        join_video_muted: checkOptionalBoolean(where, 'joinVideoMuted', params.joinVideoMuted),
        permissions: params.permissions && checkNames(where, 'permissions', params.permissions),
        meta: params.meta && checkMeta(where, params.meta),
      },
    )
  }

  /**
   * Makes a member an audience participant, who only sees and hears. Without `memberId`: oneself. Rejects with
   * code `404` for somebody who is no member. Needs `room.member.demote`.
   */
  async demote(params: DemoteParams = {}): Promise<void> {
    checkRecord('demote()', params)
    await this.memberRequest('demote', 'video.member.demote', params.memberId, {
      media_allowed: checkMediaAllowed('demote()', params.mediaAllowed),
    })
  }
}
