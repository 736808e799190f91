import type { Meta } from '@roomful/protocol'
import { MemberControls } from './MemberControls.ts'
import type { MemberParams } from './RoomBase.ts'
import { checkKeys, checkMeta } from './validate.ts'

/** Data of the application on the room and on its members: JSON objects of at most 2,000 characters. */
export abstract class MetaControls extends MemberControls {
  /** The room's metadata. */
  async getMeta(): Promise<{ meta: Meta }> {
    const result = (await this.roomRequest('getMeta', 'video.get_meta')) as { meta?: Meta }
    return { meta: result?.meta ?? {} }
  }

  /** Replaces the room's metadata. Needs `room.set_meta`. */
  async setMeta(meta: Meta): Promise<void> {
    await this.roomRequest('setMeta', 'video.set_meta', { meta: checkMeta('setMeta()', meta) })
  }

  /** Sets the given fields of the room's metadata, keeping the others. Needs `room.set_meta`. */
  async updateMeta(meta: Meta): Promise<void> {
    await this.roomRequest('updateMeta', 'video.update_meta', { meta: checkMeta('updateMeta()', meta) })
  }

  /** Removes fields of the room's metadata. Needs `room.set_meta`. */
  async deleteMeta(keys: string[]): Promise<void> {
    await this.roomRequest('deleteMeta', 'video.delete_meta', { keys: checkKeys('deleteMeta()', keys) })
  }

  /** A member's metadata. */
  async getMemberMeta(params: MemberParams = {}): Promise<{ meta: Meta }> {
    const result = await this.memberRequest('getMemberMeta', 'video.member.get_meta', params.memberId)
    return { meta: (result as { meta?: Meta })?.meta ?? {} }
  }

  /** Replaces a member's metadata. Needs `room.self.set_meta` or `room.member.set_meta`. */
  async setMemberMeta(params: MemberParams & { meta: Meta }): Promise<void> {
    const meta = checkMeta('setMemberMeta()', params?.meta)
    await this.memberRequest('setMemberMeta', 'video.member.set_meta', params.memberId, { meta })
  }

  /** Sets the given fields of a member's metadata. Needs `room.self.set_meta` or `room.member.set_meta`. */
  async updateMemberMeta(params: MemberParams & { meta: Meta }): Promise<void> {
    const meta = checkMeta('updateMemberMeta()', params?.meta)
    await this.memberRequest('updateMemberMeta', 'video.member.update_meta', params.memberId, { meta })
  }

  /** Removes fields of a member's metadata. Needs `room.self.set_meta` or `room.member.set_meta`. */
  async deleteMemberMeta(params: MemberParams & { keys: string[] }): Promise<void> {
    const keys = checkKeys('deleteMemberMeta()', params?.keys)
    await this.memberRequest('deleteMemberMeta', 'video.member.delete_meta', params.memberId, { keys })
  }
}
