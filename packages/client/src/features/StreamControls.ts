import type { RoomSessionStream } from '../RoomSessionStream.ts'
import { RecordingControls } from './RecordingControls.ts'
import { checkRecord, checkText } from './validate.ts'

/** Streaming the room to RTMP servers. */
export abstract class StreamControls extends RecordingControls {
  /**
   * Sends the room to a server, e.g. `rtmp://example.com/live/KEY`, by RTMP or RTMPS. Up to five at the same time.
   * Rejects with the cause if the server does not take it. Needs `room.stream` or `room.stream.start`.
   */
  async startStream(params: { url: string }): Promise<RoomSessionStream> {
    const { url } = checkRecord('startStream()', params)
    const { objects } = this.joined('startStream').state
    const reply = await this.roomRequest('startStream', 'video.stream.start', {
      url: checkText('startStream()', 'url', url),
    })
    return objects.streams.fromReply('startStream', reply)
  }

  /** The streams that run, those of standing orders too. Needs `room.stream`. */
  async getStreams(): Promise<{ streams: RoomSessionStream[] }> {
    const { objects } = this.joined('getStreams').state
    const reply = await this.roomRequest('getStreams', 'video.stream.list')
    return { streams: objects.streams.listFromReply('getStreams', reply) }
  }
}
