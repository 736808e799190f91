import type { VideoPosition, VideoPositions } from '@roomful/protocol'
import { MetaControls } from './MetaControls.ts'
import type { MemberParams } from './RoomBase.ts'
import { checkBoolean, checkPosition, checkPositions, checkText } from './validate.ts'

/** Layouts, and who has which place in them. */
export abstract class LayoutControls extends MetaControls {
  /** Names of the layouts that the room can have. Needs `room.list_available_layouts`. */
  async getLayouts(): Promise<{ layouts: string[] }> {
    const result = await this.roomRequest('getLayouts', 'video.list_available_layouts')
    return { layouts: (result as { layouts?: string[] })?.layouts ?? [] }
  }

  /** @deprecated Use {@link getLayouts}. */
  getLayoutList(): Promise<{ layouts: string[] }> {
    return this.getLayouts()
  }

  /**
   * Sets the layout, and places in it if `positions` are given. Needs `room.set_layout`, for positions
   * `room.set_position` too.
   */
  async setLayout(params: { name: string; positions?: VideoPositions }): Promise<void> {
    const name = checkText('setLayout()', 'name', params?.name)
    const positions = params.positions && checkPositions('setLayout()', params.positions)
    await this.roomRequest('setLayout', 'video.set_layout', { name, positions })
  }

  /** Gives several members their places: member ids (or `self`) to positions. Needs `room.set_position`. */
  async setPositions(params: { positions: VideoPositions }): Promise<void> {
    const positions = checkPositions('setPositions()', params?.positions)
    await this.roomRequest('setPositions', 'video.set_position', { positions })
  }

  /** Gives a member its place. Needs `room.self.set_position` or `room.member.set_position`. */
  async setMemberPosition(params: MemberParams & { position: VideoPosition }): Promise<void> {
    const position = checkPosition('setMemberPosition()', params?.position)
    await this.memberRequest('setMemberPosition', 'video.member.set_position', params.memberId, { position })
  }

  /**
   * Whether members with a muted camera are left out of the picture (true) or shown with the mute image.
   * Needs `room.hide_video_muted` or `room.show_video_muted`.
   */
  async setHideVideoMuted(value: boolean): Promise<void> {
    const rpc = checkBoolean('setHideVideoMuted()', 'value', value)
      ? 'video.hide_video_muted'
      : 'video.show_video_muted'
    await this.roomRequest('setHideVideoMuted', rpc)
  }

  /** @deprecated Use {@link setHideVideoMuted}. */
  hideVideoMuted(): Promise<void> {
    return this.setHideVideoMuted(true)
  }

  /** @deprecated Use {@link setHideVideoMuted}. */
  showVideoMuted(): Promise<void> {
    return this.setHideVideoMuted(false)
  }
}
