import type { RoomSessionRecording } from '../RoomSessionRecording.ts'
import { RoleControls } from './RoleControls.ts'

/** Recording the room. */
export abstract class RecordingControls extends RoleControls {
  /**
   * Starts a recording of the room: its picture and all its sound. Several can run at the same time. Needs
   * `room.recording`.
   */
  async startRecording(): Promise<RoomSessionRecording> {
    const { objects } = this.joined('startRecording').state
    const reply = await this.roomRequest('startRecording', 'video.recording.start')
    return objects.recordings.fromReply('startRecording', reply)
  }

  /**
   * The recordings of this session, those that have ended too. The files can be had with the REST API. Needs
   * `room.recording`.
   */
  async getRecordings(): Promise<{ recordings: RoomSessionRecording[] }> {
    const { objects } = this.joined('getRecordings').state
    const reply = await this.roomRequest('getRecordings', 'video.recording.list')
    return { recordings: objects.recordings.listFromReply('getRecordings', reply) }
  }
}
