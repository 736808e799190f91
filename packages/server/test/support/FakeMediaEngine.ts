import type {
  LegOptions,
  ListenerSettings,
  OutputTarget,
  PlayerInfo,
  PlayerOptions,
  RoomMediaEvent,
  RoomMediaOptions,
  RoomMediaStats,
  RoomTone,
  Scene,
  SourceSettings,
} from '@roomful/media'
import { RoomError } from '@roomful/protocol'
import type { MediaEngine, MediaRoom, MediaRoomObserver } from '../../src/media/MediaEngine.ts'

/** Media without media: takes every command, answers with well-formed SDP, and says what a test has it say. */
export class FakeMediaEngine implements MediaEngine {
  readonly rooms: FakeMediaRoom[] = []
  /** How many of the next `createRoom` fail. */
  failures = 0
  closed = false
  /** Called with each new room before anything is asked of it. */
  onRoom: (room: FakeMediaRoom) => void = () => {}

  async createRoom(
    roomId: string,
    options: RoomMediaOptions,
    observer: MediaRoomObserver,
  ): Promise<MediaRoom> {
    if (this.failures > 0) {
      this.failures -= 1
      throw new RoomError('media_unavailable', 'No media process is running')
    }
    const room = new FakeMediaRoom(roomId, options, observer)
    this.rooms.push(room)
    this.onRoom(room)
    return room
  }

  async close({ abruptly = false } = {}): Promise<void> {
    this.closed = true
    if (abruptly) for (const room of this.alive) room.state = 'dead'
  }

  /** The rooms that are neither closed nor dead. */
  get alive(): FakeMediaRoom[] {
    return this.rooms.filter((room) => room.state === 'alive')
  }

  /** The only living room. */
  get room(): FakeMediaRoom {
    const [room, ...more] = this.alive
    if (room === undefined || more.length > 0)
      throw new Error(`There are ${this.alive.length} rooms, not one`)
    return room
  }
}

export type FakeLeg = { options: LegOptions; offers: string[]; listener: ListenerSettings | null }

export class FakeMediaRoom implements MediaRoom {
  readonly roomId: string
  readonly options: RoomMediaOptions
  readonly legs = new Map<string, FakeLeg>()
  readonly sources = new Map<string, SourceSettings>()
  scene: Scene = { layers: [] }
  /** All that were played. */
  readonly tones: RoomTone[] = []
  readonly outputs = new Map<string, { target: OutputTarget; paused: boolean; startedAtMs: number }>()
  readonly players = new Map<string, PlayerOptions & { paused: boolean }>()
  /** What the next URL that is opened is found to be. */
  playerInfo: PlayerInfo = { seekable: true, durationMs: 60_000, hasAudio: true, hasVideo: true }
  /** Set to have the next output or player refused. */
  refuse: RoomError | null = null
  /** Set to keep outputs and players waiting; those outputs that wait. */
  holdStarts: Promise<void> | null = null
  /** Set to keep pauses waiting. */
  holdPauses: Promise<void> | null = null
  readonly starting = new Map<string, OutputTarget>()
  state: 'alive' | 'dead' | 'closed' = 'alive'
  /** Set to keep answers waiting. */
  hold: Promise<void> | null = null
  readonly #observer: MediaRoomObserver
  #version = 0

  constructor(roomId: string, options: RoomMediaOptions, observer: MediaRoomObserver) {
    this.roomId = roomId
    this.options = options
    this.#observer = observer
  }

  async answer(legId: string, offerSdp: string, options: LegOptions): Promise<{ sdp: string }> {
    if (this.hold !== null) await this.hold
    if (this.state !== 'alive') throw new RoomError('media_unavailable', 'The media process has ended')
    if (!offerSdp.includes('a=fingerprint:'))
      throw new RoomError('invalid_sdp', 'The offer has no DTLS fingerprint')
    const leg = this.legs.get(legId) ?? { options, offers: [], listener: null }
    leg.options = options
    leg.offers.push(offerSdp)
    this.legs.set(legId, leg)
    // Not before the browser can have the answer.
    setImmediate(() => this.emit({ type: 'leg.connected', legId }))
    this.#version += 1
    return { sdp: cannedAnswer(offerSdp, options, this.#version) }
  }

  closeLeg(legId: string): void {
    this.legs.delete(legId)
  }

  setListener(legId: string, settings: ListenerSettings): void {
    const leg = this.legs.get(legId)
    if (leg !== undefined) leg.listener = settings
  }

  setSource(sourceId: string, settings: SourceSettings): void {
    this.sources.set(sourceId, settings)
  }

  removeSource(sourceId: string): void {
    this.sources.delete(sourceId)
  }

  setScene(scene: Scene): void {
    this.scene = scene
  }

  playTone(tone: RoomTone): void {
    this.tones.push(tone)
  }

  async startOutput(outputId: string, target: OutputTarget): Promise<void> {
    this.#refuseIfAsked()
    this.starting.set(outputId, target)
    await this.holdStarts
    this.starting.delete(outputId)
    this.outputs.set(outputId, { target, paused: false, startedAtMs: Date.now() })
  }

  async pauseOutput(outputId: string): Promise<void> {
    await this.holdPauses
    const output = this.outputs.get(outputId)
    if (output !== undefined) output.paused = true
  }

  async resumeOutput(outputId: string): Promise<void> {
    const output = this.outputs.get(outputId)
    if (output !== undefined) output.paused = false
  }

  stopOutput(outputId: string): void {
    if (!this.outputs.delete(outputId)) return
    setImmediate(() =>
      this.emit({ type: 'output.ended', outputId, error: null, durationMs: 1000, sizeBytes: 1000 }),
    )
  }

  /** The output ends by itself. */
  breakOutput(outputId: string, error: string): void {
    if (!this.outputs.delete(outputId)) throw new Error(`There is no output ${outputId}`)
    this.emit({ type: 'output.ended', outputId, error, durationMs: 1000, sizeBytes: 1000 })
  }

  /** The player ends by itself. */
  endPlayer(sourceId: string, error: string | null = null): void {
    const { positionMs } = this.#player(sourceId)
    this.players.delete(sourceId)
    this.emit({ type: 'player.ended', sourceId, positionMs, error })
  }

  async openPlayer(sourceId: string, options: PlayerOptions): Promise<PlayerInfo> {
    this.#refuseIfAsked()
    await this.holdStarts
    this.players.set(sourceId, { ...options, paused: false })
    return this.playerInfo
  }

  async pausePlayer(sourceId: string): Promise<void> {
    await this.holdPauses
    this.#player(sourceId).paused = true
    this.#tellPlayer(sourceId)
  }

  async resumePlayer(sourceId: string): Promise<void> {
    this.#player(sourceId).paused = false
    this.#tellPlayer(sourceId)
  }

  async seekPlayer(sourceId: string, positionMs: number): Promise<{ positionMs: number }> {
    this.#player(sourceId).positionMs = positionMs
    this.#tellPlayer(sourceId)
    return { positionMs }
  }

  setPlayerVolume(sourceId: string, volumeDb: number): void {
    this.#player(sourceId).volumeDb = volumeDb
  }

  async playerPosition(sourceId: string): Promise<{ positionMs: number }> {
    return { positionMs: this.#player(sourceId).positionMs }
  }

  closePlayer(sourceId: string): void {
    this.players.delete(sourceId)
  }

  async stats(): Promise<RoomMediaStats> {
    return {
      legs: this.legs.size,
      sources: this.sources.size,
      framesComposed: 0,
      framesEncoded: 0,
      keyframesEncoded: 0,
      framesDecoded: 0,
      rungs: [],
      videoCpuMs: 0,
      composeMsMean: 0,
      encodeMsMean: 0,
      decodeMsMean: 0,
      ticksSkipped: 0,
      lossToBrowsers: 0,
      lossFromBrowsers: 0,
    }
  }

  async close(): Promise<void> {
    if (this.state === 'alive') this.state = 'closed'
  }

  emit(event: RoomMediaEvent): void {
    if (this.state === 'alive') this.#observer.onMediaEvent(event)
  }

  die(): void {
    this.state = 'dead'
    this.#observer.onMediaDied()
  }

  #player(sourceId: string): PlayerOptions & { paused: boolean } {
    const player = this.players.get(sourceId)
    if (player === undefined) throw new RoomError('conflict', 'The playback has ended')
    return player
  }

  #tellPlayer(sourceId: string): void {
    const { paused, positionMs } = this.#player(sourceId)
    const state = paused ? 'paused' : 'playing'
    setImmediate(() => this.emit({ type: 'player.state', sourceId, state, positionMs }))
  }

  #refuseIfAsked(): void {
    const error = this.refuse
    this.refuse = null
    if (error !== null) throw error
  }

  /** The leg that feeds a member's tile. */
  legOf(memberId: string): string {
    for (const [legId, { options }] of this.legs) if (options.sourceId === memberId) return legId
    throw new Error(`No leg feeds ${memberId}`)
  }
}

/** Audio first, not bundled, each section with its own transport: what the real media answers with. */
function cannedAnswer(offer: string, options: LegOptions, version: number): string {
  const offered = [...offer.matchAll(/^m=(audio|video) [^]*?^a=(sendrecv|sendonly|recvonly|inactive)/gm)]
  const sections = offered
    .map(([, kind = '', direction = '']) => ({ kind, direction }))
    .sort((a, b) => a.kind.localeCompare(b.kind))
    .map(({ kind, direction }, index) => [
      `m=${kind} 40000 UDP/TLS/RTP/SAVPF ${kind === 'audio' ? 111 : 96}`,
      'c=IN IP4 127.0.0.1',
      `a=rtpmap:${kind === 'audio' ? '111 opus/48000/2' : '96 VP8/90000'}`,
      `a=ice-ufrag:fake${index}`,
      'a=ice-pwd:0123456789abcdef01234567',
      `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => '0F').join(':')}`,
      'a=setup:active',
      'a=rtcp-mux',
      `a=${answerDirection(direction, options[kind === 'audio' ? 'audio' : 'video'])}`,
      'a=candidate:1 1 UDP 2130706431 127.0.0.1 40000 typ host',
      'a=end-of-candidates',
    ])
  const head = ['v=0', `o=roomful 1 ${version} IN IP4 127.0.0.1`, 's=-', 't=0 0']
  return `${[...head, ...sections.flat()].join('\r\n')}\r\n`
}

function answerDirection(offered: string, { send, receive }: { send: boolean; receive: boolean }): string {
  const takes = send && (offered === 'sendrecv' || offered === 'sendonly')
  const gives = receive && (offered === 'sendrecv' || offered === 'recvonly')
  if (takes) return gives ? 'sendrecv' : 'recvonly'
  return gives ? 'sendonly' : 'inactive'
}
