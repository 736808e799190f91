import { MuteControls } from './MuteControls.ts'
import type { MemberParams } from './RoomBase.ts'
import { checkNumber } from './validate.ts'

/** Volumes and sensitivity. */
export abstract class LevelControls extends MuteControls {
  /**
   * Sets how loud a member's microphone is to the others, in dB: -50 (silence) to 50, default 0. Needs
   * `room.self.set_input_volume` or `room.member.set_input_volume`.
   */
  async setInputVolume(params: MemberParams & { volume: number }): Promise<void> {
    const volume = checkNumber('setInputVolume()', 'volume', params?.volume, -50, 50)
    await this.memberRequest('setInputVolume', 'video.member.set_input_volume', params.memberId, { volume })
  }

  /** @deprecated Use {@link setInputVolume}. */
  setMicrophoneVolume(params: MemberParams & { volume: number }): Promise<void> {
    return this.setInputVolume(params)
  }

  /**
   * Sets how loud a member hears the room, in dB: -50 (silence) to 50, default 0. Needs
   * `room.self.set_output_volume` or `room.member.set_output_volume`.
   */
  async setOutputVolume(params: MemberParams & { volume: number }): Promise<void> {
    const volume = checkNumber('setOutputVolume()', 'volume', params?.volume, -50, 50)
    await this.memberRequest('setOutputVolume', 'video.member.set_output_volume', params.memberId, { volume })
  }

  /** @deprecated Use {@link setOutputVolume}. */
  setSpeakerVolume(params: MemberParams & { volume: number }): Promise<void> {
    return this.setOutputVolume(params)
  }

  /**
   * Sets from which level on a member counts as talking: 0 (never) to 100 (at the slightest sound), default
   * 30. Needs `room.self.set_input_sensitivity` or `room.member.set_input_sensitivity`.
   */
  async setInputSensitivity(params: MemberParams & { value: number }): Promise<void> {
    const value = checkNumber('setInputSensitivity()', 'value', params?.value, 0, 100)
    await this.memberRequest('setInputSensitivity', 'video.member.set_input_sensitivity', params.memberId, {
      value,
    })
  }
}
