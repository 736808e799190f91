import type {
  LegId,
  LegOptions,
  ListenerSettings,
  RoomMediaEvent,
  RoomMediaOptions,
  RoomMediaStats,
  Scene,
  SourceId,
  SourceSettings,
} from '@roomful/media'

/** The port behind which all media lives. `MediaProcessPool` is the one that really mixes. */
export interface MediaEngine {
  /** Rejects with `RoomError('media_unavailable')` when no media process can be had. */
  createRoom(roomId: string, options: RoomMediaOptions, observer: MediaRoomObserver): Promise<MediaRoom>
  /** Ends every room and process. May be called twice. */
  close(): Promise<void>
}

export interface MediaRoomObserver {
  onMediaEvent(event: RoomMediaEvent): void
  /**
   * The process of this room died; the `MediaRoom` is useless from now on. The owner creates the room anew,
   * tells it everything again and has its browsers invite again.
   */
  onMediaDied(): void
}

/** One room's media. Calls are carried out in order; those that return nothing cannot fail for the caller. */
export interface MediaRoom {
  /** The answer to an offer; a known leg id renegotiates. Rejects with `RoomError('invalid_sdp')`. */
  answer(legId: LegId, offerSdp: string, options: LegOptions): Promise<{ sdp: string }>
  closeLeg(legId: LegId): void
  setListener(legId: LegId, settings: ListenerSettings): void
  setSource(sourceId: SourceId, settings: SourceSettings): void
  removeSource(sourceId: SourceId): void
  setScene(scene: Scene): void
  stats(): Promise<RoomMediaStats>
  close(): Promise<void>
}
