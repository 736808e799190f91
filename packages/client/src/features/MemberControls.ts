import type { VideoMember } from '@roomful/protocol'
import { LevelControls } from './LevelControls.ts'
import type { MemberParams } from './RoomBase.ts'
import { checkOptionalBoolean, checkText } from './validate.ts'

/** Who is in the room, hands, and removing members. */
export abstract class MemberControls extends LevelControls {
  /** Everybody in the room. */
  async getMembers(): Promise<{ members: VideoMember[] }> {
    const result = (await this.roomRequest('getMembers', 'video.members.get')) as { members?: VideoMember[] }
    return { members: result?.members ?? [] }
  }

  /** @deprecated Use {@link getMembers}. */
  getMemberList(): Promise<{ members: VideoMember[] }> {
    return this.getMembers()
  }

  /**
   * Raises or lowers the hand of a member. Without `raised`, the hand changes to the opposite of what it is.
   * Needs `room.self.raisehand` / `lowerhand` or `room.member.raisehand` / `lowerhand`.
   */
  async setRaisedHand(params: MemberParams & { raised?: boolean } = {}): Promise<void> {
    const asked = checkOptionalBoolean('setRaisedHand()', 'raised', params.raised)
    const id = this.targetId('setRaisedHand', params.memberId)
    const { members } = this.joined('setRaisedHand').state
    const raised = asked ?? !members.get(id)?.handraised
    const rpc = raised ? 'video.member.raisehand' : 'video.member.lowerhand'
    await this.memberRequest('setRaisedHand', rpc, id)
    // The event comes after the reply: a toggle right after this one must not see the hand as it was.
    const member = members.get(id)
    if (member) member.handraised = raised
  }

  /** Removes a member from the room. Needs `room.member.remove`. */
  async removeMember(params: { memberId: string }): Promise<void> {
    const memberId = checkText('removeMember()', 'memberId', params?.memberId)
    await this.memberRequest('removeMember', 'video.member.remove', memberId)
  }

  /** Removes everybody, also oneself; the session ends. Needs `room.member.remove`. */
  async removeAllMembers(): Promise<void> {
    await this.memberRequest('removeAllMembers', 'video.member.remove', 'all')
  }

  /**
   * Ends the calls of the room with cause `REJECT_ALL` (825). The own call ends in any case; those of the
   * others if the token has `room.member.remove`.
   */
  async hangupAll(): Promise<void> {
    this.joined('hangupAll')
    await this.hangUp({ cause: 'REJECT_ALL', causeCode: 825 })
  }
}
