import { LayoutControls } from './LayoutControls.ts'
import { checkOptionalBoolean } from './validate.ts'

/** What concerns the room as a whole. */
export abstract class RoomControls extends LayoutControls {
  /** Lets nobody else join. Needs `room.lock`. */
  async lock(): Promise<void> {
    await this.roomRequest('lock', 'video.lock')
  }

  /** Lets others join again. Needs `room.unlock`. */
  async unlock(): Promise<void> {
    await this.roomRequest('unlock', 'video.unlock')
  }

  /**
   * Whether members with a raised hand get the better places. Without argument it changes to the opposite of
   * what it is. Resolves with the new value. Needs `room.prioritize_handraise`.
   */
  async setPrioritizeHandraise(enable?: boolean): Promise<boolean> {
    const asked = checkOptionalBoolean('setPrioritizeHandraise()', 'enable', enable)
    const { state } = this.joined('setPrioritizeHandraise')
    const value = asked ?? !state.session?.prioritize_handraise
    await this.roomRequest('setPrioritizeHandraise', 'video.prioritize_handraise', { enable: value })
    return value
  }
}
