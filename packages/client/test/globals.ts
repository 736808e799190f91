import type {
  RoomSession,
  RoomSessionDevice,
  RoomSessionPlayback,
  RoomSessionRecording,
  RoomSessionScreenShare,
  RoomSessionStream,
} from '../src/index.ts'

/** The globals of the pages in pages.ts, for functions that run there. */
type Seen = { name: string; event: Record<string, never> }

declare global {
  var room: RoomSession
  var seen: Seen[]
  var peers: (RTCPeerConnection & { config: RTCConfiguration })[]
  var micTracks: MediaStreamTrack[]
  function createRoom(options: object): void
  function joinRoom(params?: object): Promise<unknown>
  function answer(sdp: string, callId: string): Promise<string>
  function modify(sdp: string, callId: string): Promise<string>
  function watchPicture(): { frames: number; blank: number }
  var picture: { frames: number; blank: number }
  var told: unknown[][]
  var live: RoomSessionRecording
  var first: { recording: RoomSessionRecording; stream: RoomSessionStream; playback: RoomSessionPlayback }
  var child: RoomSessionScreenShare & RoomSessionDevice
}

export {}
