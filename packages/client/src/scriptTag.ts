import * as roomful from './index.ts'

/** What a page that loads the SDK by a script tag finds: `Roomful`, and the original's names. */
type Globals = {
  Roomful?: Record<string, unknown>
  SignalWire?: { Video?: Record<string, unknown>; WebRTC?: Record<string, unknown> } & Record<string, unknown>
}

const globals = globalThis as Globals
const { buildVideoElement, RoomSessionDevice, RoomSessionScreenShare, Video, WebRTC } = roomful

globals.Roomful = { ...globals.Roomful, ...roomful }
globals.SignalWire = {
  ...globals.SignalWire,
  Video: { ...globals.SignalWire?.Video, ...Video },
  WebRTC: { ...globals.SignalWire?.WebRTC, ...WebRTC },
  VideoRoomSession: Video.VideoRoomSession,
  RoomSessionDevice,
  RoomSessionScreenShare,
  buildVideoElement,
}
