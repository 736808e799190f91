import { RoomSessionError } from '../errors.ts'
import { RoomControls } from './RoomControls.ts'
import { checkConstraintsObject } from './validate.ts'

/** Camera, microphone and speaker of this client. */
export abstract class DeviceControls extends RoomControls {
  /**
   * Sends another camera, or the present one in another way. If no camera was sent before, it is sent from now
   * on. A muted camera is opened when it is unmuted.
   */
  async updateCamera(constraints: MediaTrackConstraints): Promise<void> {
    const checked = checkConstraintsObject('updateCamera()', constraints)
    await this.joined('updateCamera').updateDevice('video', checked)
  }

  /** Sends another microphone, or the present one in another way. */
  async updateMicrophone(constraints: MediaTrackConstraints): Promise<void> {
    const checked = checkConstraintsObject('updateMicrophone()', constraints)
    await this.joined('updateMicrophone').updateDevice('audio', checked)
  }

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

  /**
   * Sends the tracks of `stream` in place of camera and microphone. A kind that the stream has no track of
   * stays as it is. The tracks belong to the application: they are never stopped by the SDK.
   */
  async setLocalStream(stream: MediaStream): Promise<void> {
    if (!(stream instanceof MediaStream) || stream.getTracks().length === 0) {
      throw new RoomSessionError(
        'invalid_argument',
        'setLocalStream() takes a MediaStream with at least one track.',
      )
    }
    await this.joined('setLocalStream').setLocalStream(stream)
  }

  /** Starts sound and picture that the browser has blocked. Call it from a handler of a click or a key. */
  async resumeAudio(): Promise<void> {
    await this.joined('resumeAudio').renderer.resume()
  }
}
