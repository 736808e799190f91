import type { RoomSession } from '../src/index.ts'

/** The globals of the pages in pages.ts, for functions that run there. */
type Seen = { name: string; event: Record<string, never> }

declare global {
  var room: RoomSession
  var seen: Seen[]
  var peers: (RTCPeerConnection & { config: RTCConfiguration })[]
  var micTracks: MediaStreamTrack[]
  function createRoom(options: object): void
  function joinRoom(params?: object): Promise<unknown>
  function answer(sdp: string): Promise<string>
}

export {}
