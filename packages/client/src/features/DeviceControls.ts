import { RoomSessionError } from '../errors.ts'
import { RoomControls } from './RoomControls.ts'

/** The speaker of this client. Camera and microphone are those of the call. */
export abstract class DeviceControls extends RoomControls {
  /** Plays the sound on another speaker; `""` is the system's default. */
  async updateSpeaker(params: { deviceId: string }): Promise<undefined> {
    if (typeof params?.deviceId !== 'string') {
      const message =
        'updateSpeaker(): "deviceId" must be the id of a speaker, a string; "" is the default one.'
      throw new RoomSessionError('invalid_argument', message)
    }
    await this.joined('updateSpeaker').renderer.audio.setSpeaker(params.deviceId)
    return undefined
  }

  /** Starts sound and picture that the browser has blocked. Call it from a handler of a click or a key. */
  async resumeAudio(): Promise<void> {
    await this.joined('resumeAudio').renderer.resume()
  }
}
