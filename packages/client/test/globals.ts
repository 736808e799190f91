import type { RoomSession, RoomSessionDevice, RoomSessionScreenShare } from '../src/index.ts'

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
  var child: RoomSessionScreenShare & RoomSessionDevice
}

export {}
