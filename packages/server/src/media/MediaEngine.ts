import type {
  LegId,
  LegOptions,
  ListenerSettings,
  OutputId,
  OutputTarget,
  PlayerInfo,
  PlayerOptions,
  RoomMediaEvent,
  RoomMediaOptions,
  RoomMediaStats,
  RoomTone,
  Scene,
  SourceId,
  SourceSettings,
} from '@roomful/media'

/** The port behind which all media lives. `MediaProcessPool` is the one that really mixes. */
export interface MediaEngine {
  /** Rejects with `RoomError('media_unavailable')` when no media process can be had. */
  createRoom(roomId: string, options: RoomMediaOptions, observer: MediaRoomObserver): Promise<MediaRoom>
  /**
   * Ends every room and process. May be called twice. `abruptly`: no browser is told, so that its call outlives this
   * and can be taken up by the next server; outputs must have ended before.
   */
  close(options?: { abruptly?: boolean }): Promise<void>
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
  /** Everybody in the room hears it once, recordings and streams too. */
  playTone(tone: RoomTone): void
  /**
   * Starts a recording or stream; resolves once it runs. Rejects with `RoomError('conflict')` and the cause. From
   * then on exactly one `output.ended` follows, unless the media dies first.
   */
  startOutput(outputId: OutputId, target: OutputTarget): Promise<void>
  /** Recordings only. */
  pauseOutput(outputId: OutputId): Promise<void>
  resumeOutput(outputId: OutputId): Promise<void>
  stopOutput(outputId: OutputId): void
  /**
   * Opens a URL as a source that scenes may show and everybody hears. Rejects with `RoomError('conflict')` and the
   * cause, after `playerOpenTimeoutMs` at the latest. It plays at once.
   */
  openPlayer(sourceId: SourceId, options: PlayerOptions): Promise<PlayerInfo>
  pausePlayer(sourceId: SourceId): Promise<void>
  resumePlayer(sourceId: SourceId): Promise<void>
  /** Resolves with where it landed. */
  seekPlayer(sourceId: SourceId, positionMs: number): Promise<{ positionMs: number }>
  setPlayerVolume(sourceId: SourceId, volumeDb: number): void
  playerPosition(sourceId: SourceId): Promise<{ positionMs: number }>
  closePlayer(sourceId: SourceId): void
  stats(): Promise<RoomMediaStats>
  close(): Promise<void>
}
