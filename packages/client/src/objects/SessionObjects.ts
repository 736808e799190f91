import type { VideoPlayback, VideoRecording, VideoRoomSession, VideoStream } from '@roomful/protocol'
import { RoomSessionPlayback } from '../RoomSessionPlayback.ts'
import { RoomSessionRecording } from '../RoomSessionRecording.ts'
import { RoomSessionStream } from '../RoomSessionStream.ts'
import { ObjectList } from './ObjectList.ts'
import type { ObjectRequest } from './SessionObject.ts'

/** What runs in a room, as objects. */
export type RunningObjects = {
  recordings: RoomSessionRecording[]
  playbacks: RoomSessionPlayback[]
  streams: RoomSessionStream[]
}

/** The recordings, streams and playbacks that one client knows. */
export class SessionObjects {
  readonly recordings: ObjectList<VideoRecording, RoomSessionRecording>
  readonly streams: ObjectList<VideoStream, RoomSessionStream>
  readonly playbacks: ObjectList<VideoPlayback, RoomSessionPlayback>

  constructor(request: ObjectRequest) {
    this.recordings = new ObjectList(
      'recording',
      (data, send) => new RoomSessionRecording(data, send),
      request,
    )
    this.streams = new ObjectList('stream', (data, send) => new RoomSessionStream(data, send), request)
    this.playbacks = new ObjectList('playback', (data, send) => new RoomSessionPlayback(data, send), request)
  }

  applySubscribed(session: Partial<Pick<VideoRoomSession, keyof RunningObjects>>): RunningObjects {
    return {
      recordings: this.recordings.replaceRunning(session.recordings),
      playbacks: this.playbacks.replaceRunning(session.playbacks),
      streams: this.streams.replaceRunning(session.streams),
    }
  }
}
