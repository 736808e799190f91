import { RoomBase, type MemberParams } from './RoomBase.ts'

/** Microphone, camera and hearing of oneself and of others. */
export abstract class MuteControls extends RoomBase {
  /**
   * Mutes the microphone of a member. Needs `room.self.audio_mute`, for others `room.member.audio_mute`.
   */
  async audioMute(params: MemberParams = {}): Promise<void> {
    await this.memberRequest('audioMute', 'video.member.audio_mute', params.memberId)
  }

  /** Unmutes the microphone of a member. Needs `room.self.audio_unmute` or `room.member.audio_unmute`. */
  async audioUnmute(params: MemberParams = {}): Promise<void> {
    await this.memberRequest('audioUnmute', 'video.member.audio_unmute', params.memberId)
  }

  /**
   * Mutes the camera of a member: others see the mute image. Needs `room.self.video_mute` or
   * `room.member.video_mute`.
   */
  async videoMute(params: MemberParams = {}): Promise<void> {
    await this.memberRequest('videoMute', 'video.member.video_mute', params.memberId)
  }

  /** Unmutes the camera of a member. Needs `room.self.video_unmute` or `room.member.video_unmute`. */
  async videoUnmute(params: MemberParams = {}): Promise<void> {
    await this.memberRequest('videoUnmute', 'video.member.video_unmute', params.memberId)
  }

  /**
   * Lets a member hear nothing, and mutes its microphone too. Needs `room.self.deaf` or `room.member.deaf`.
   */
  async deaf(params: MemberParams = {}): Promise<void> {
    await this.memberRequest('deaf', 'video.member.deaf', params.memberId)
  }

  /** Lets a member hear again, and unmutes its microphone. Needs `room.self.undeaf` or `room.member.undeaf`. */
  async undeaf(params: MemberParams = {}): Promise<void> {
    await this.memberRequest('undeaf', 'video.member.undeaf', params.memberId)
  }
}
