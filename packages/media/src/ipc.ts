import type { OutputId, OutputTarget } from './outputTypes.ts'
import type { PlayerInfo, PlayerOptions } from './playerTypes.ts'
import type {
  LegId,
  LegOptions,
  ListenerSettings,
  MediaProcessConfig,
  RoomMediaEvent,
  RoomMediaOptions,
  RoomMediaStats,
  RoomTone,
  Scene,
  SourceId,
  SourceSettings,
} from './types.ts'

/**
 * Messages between the server and a media process (Node IPC, `serialization: 'advanced'`). Commands of one
 * room are carried out in the order they were sent; only `request`s are answered.
 */
export type MediaCommands = {
  start: { params: { config: MediaProcessConfig }; result: { pid: number } }
  /** Answered at once: shows that the process is not stuck. */
  ping: { params: Record<string, never>; result: null }
  'room.create': { params: { roomId: string; options: RoomMediaOptions }; result: null }
  'room.close': { params: { roomId: string }; result: null }
  'room.stats': { params: { roomId: string }; result: RoomMediaStats }
  'room.setScene': { params: { roomId: string; scene: Scene }; result: null }
  'room.playTone': { params: { roomId: string; tone: RoomTone }; result: null }
  /**
   * The answer to an offer. A leg id that is known is a re-offer (renegotiation, ICE restart, or a browser
   * that came back with a new peer connection): the leg and its source stay.
   */
  'leg.answer': {
    params: { roomId: string; legId: LegId; offerSdp: string; options: LegOptions }
    result: { sdp: string }
  }
  'leg.close': { params: { roomId: string; legId: LegId }; result: null }
  'leg.setListener': { params: { roomId: string; legId: LegId; settings: ListenerSettings }; result: null }
  'source.set': { params: { roomId: string; sourceId: SourceId; settings: SourceSettings }; result: null }
  'source.remove': { params: { roomId: string; sourceId: SourceId }; result: null }
  /** Answered as soon as it runs: the file is open, or the stream's server takes it. */
  'output.start': { params: { roomId: string; outputId: OutputId; target: OutputTarget }; result: null }
  'output.pause': { params: { roomId: string; outputId: OutputId }; result: null }
  'output.resume': { params: { roomId: string; outputId: OutputId }; result: null }
  /** The last of it is told by `output.ended`. */
  'output.stop': { params: { roomId: string; outputId: OutputId }; result: null }
  'player.open': {
    params: { roomId: string; sourceId: SourceId; options: PlayerOptions }
    result: PlayerInfo
  }
  'player.pause': { params: { roomId: string; sourceId: SourceId }; result: null }
  'player.resume': { params: { roomId: string; sourceId: SourceId }; result: null }
  /** `positionMs` of the result: where it landed. */
  'player.seek': {
    params: { roomId: string; sourceId: SourceId; positionMs: number }
    result: { positionMs: number }
  }
  'player.setVolume': { params: { roomId: string; sourceId: SourceId; volumeDb: number }; result: null }
  'player.position': { params: { roomId: string; sourceId: SourceId }; result: { positionMs: number } }
  /** Ends it in silence and removes the source. */
  'player.close': { params: { roomId: string; sourceId: SourceId }; result: null }
  /** Close every room and leg and end the process. */
  stop: { params: Record<string, never>; result: null }
}
export type MediaMethod = keyof MediaCommands

export type MediaRequest = {
  [M in MediaMethod]: { kind: 'request'; id: number; method: M; params: MediaCommands[M]['params'] }
}[MediaMethod]

export type MediaReply =
  | { kind: 'reply'; id: number; ok: true; result: unknown }
  | { kind: 'reply'; id: number; ok: false; error: { code: string; message: string } }

export type MediaNotice =
  | { kind: 'event'; roomId: string; event: RoomMediaEvent }
  | { kind: 'log'; level: string; message: string; fields?: Record<string, unknown> }

export type FromMediaProcess = MediaReply | MediaNotice
