import assert from 'node:assert/strict'
import type { ListenerSettings, PlayerInfo, Scene, SourceSettings } from '@roomful/media'
import { allPermissions } from '@roomful/protocol'
import type { HangupCause, ServerEventType, VideoLayout, VideoMember } from '@roomful/protocol'
import { Room } from '../Room.ts'
import type {
  Actor,
  ChildRequest,
  Effect,
  Joiner,
  MediaReport,
  MediaTask,
  Role,
  RoomCommand,
  RoomOutcome,
  RoomSettings,
} from '../types.ts'
import { ClientModel } from './ClientModel.ts'
import type { RoomEvent } from './ClientModel.ts'

export const startMs = 1_700_000_000_000

export const defaultSettings: RoomSettings = {
  roomId: 'room-id',
  projectId: 'project-id',
  name: 'room1',
  displayName: 'Room one',
  maxMembers: 20,
  quality: '720p',
  fps: 25,
  layout: 'grid-responsive',
  meta: {},
  prioritizeHandraise: false,
  joinFromMs: null,
  joinUntilMs: null,
  removeAtMs: null,
  removeAfterSeconds: null,
  toneOnEntryAndExit: false,
  joinVideoMuted: false,
  recordOnStart: false,
  previews: false,
  streams: [],
}

export const makeJoiner = (overrides: Partial<Joiner> = {}): Joiner => ({
  name: 'Ada',
  joinAs: 'member',
  mediaAllowed: 'all',
  permissions: allPermissions,
  meta: {},
  audioMuted: false,
  videoMuted: false,
  endRoomSessionOnLeave: false,
  joinFromMs: null,
  joinUntilMs: null,
  removeAtMs: null,
  removeAfterSeconds: null,
  ...overrides,
})

export type JoinOptions = Partial<Joiner> & { sendsAudio?: boolean; sendsVideo?: boolean }
export type ShareOptions = Partial<Omit<ChildRequest, 'parentId'>> & { sendsVideo?: boolean }
export const system: Actor = { kind: 'system' }

/** A room with everything around it: clients that receive its events, and what the media has been told. */
export class World {
  readonly room: Room
  readonly clients = new Map<string, ClientModel>()
  readonly sources = new Map<string, SourceSettings>()
  readonly listeners = new Map<string, ListenerSettings>()
  readonly hangups: { memberId: string; cause: HangupCause }[] = []
  /** What each was last told to be. */
  readonly roles = new Map<string, Role>()
  scene: Scene = { layers: [] }
  /** What is played and sent out, by id: `playing` or `paused`, `running` or `paused`. */
  readonly players = new Map<string, 'playing' | 'paused'>()
  readonly outputs = new Map<string, 'running' | 'paused'>()
  /** What the next URL is found to be. */
  playerInfo: PlayerInfo = { seekable: true, durationMs: 60_000, hasAudio: true, hasVideo: true }
  /** Volumes that players were told. */
  readonly playerVolumes = new Map<string, number>()
  /** Set to have the media take its time: what it is asked for waits in `held` for `release`. */
  holdsTasks = false
  readonly held: { task: MediaTask; actor: Actor }[] = []
  /** Tasks that nobody waited for, such as those at the start of a session. */
  readonly tasks: MediaTask[] = []
  wakeAtMs: number | null = null
  ended = false
  nowMs = startMs
  /** Of the last command. */
  effects: Effect[] = []

  constructor(settings: Partial<RoomSettings> = {}) {
    this.room = new Room({ roomSessionId: 'session-id', settings: { ...defaultSettings, ...settings } })
  }

  send(command: RoomCommand, actor: Actor = system): RoomOutcome {
    const outcome = this.room.handle(command, actor, this.nowMs)
    this.effects = outcome.ok ? outcome.effects : []
    if (outcome.ok) {
      if (command.type === 'join') this.clients.set(command.memberId, new ClientModel(command.memberId))
      if (command.type === 'leave') this.clients.delete(command.memberId)
      for (const effect of this.effects) this.apply(effect)
    }
    const task = this.effects.find((effect) => effect.kind === 'task')?.task
    if (task === undefined) return outcome
    if (command.type === 'rpc') {
      if (!this.holdsTasks) return this.perform(task, actor)
      this.held.push({ task, actor })
      return outcome
    }
    for (const effect of this.effects) if (effect.kind === 'task') this.tasks.push(effect.task)
    return outcome
  }

  /** Has the media do what the room needs, as the service does, and tells the room. */
  perform(task: MediaTask, actor: Actor = system): RoomOutcome {
    const [report, done] = this.carryOut(task)
    const outcome = this.send(report, actor)
    if (outcome.ok) done()
    return outcome
  }

  /** The media has done one of the tasks that wait; null: there is no such task, or nobody to tell. */
  release(index: number): RoomOutcome | null {
    const [waiting] = this.held.splice(index, 1)
    if (waiting === undefined || this.ended) return null
    const { task, actor } = waiting
    const isGone = actor.kind === 'member' && this.room.typeOf(actor.memberId) === undefined
    // Nothing begins for who is gone; what cannot be undone is told all the same.
    if (!('recordingId' in task || 'playbackId' in task)) return isGone ? null : this.perform(task, actor)
    const isThere =
      'recordingId' in task ? this.outputs.has(task.recordingId) : this.players.has(task.playbackId)
    return isThere ? this.perform(task, isGone ? system : actor) : null
  }

  private nextObject = 1

  private carryOut(task: MediaTask): [report: MediaReport, done: () => void] {
    switch (task.do) {
      case 'startRecording': {
        const recordingId = `recording${this.nextObject++}`
        return [{ type: 'recordingStarted', recordingId }, () => this.outputs.set(recordingId, 'running')]
      }
      case 'pauseRecording': {
        const { recordingId, paused } = task
        const state = paused ? 'paused' : 'running'
        return [{ type: 'recordingPaused', recordingId, paused }, () => this.outputs.set(recordingId, state)]
      }
      case 'startStream':
      case 'startStandingStream': {
        const streamId = `stream${this.nextObject++}`
        const { url } = task.do === 'startStream' ? task : task.order
        return [{ type: 'streamStarted', streamId, url }, () => this.outputs.set(streamId, 'running')]
      }
      case 'play': {
        const playbackId = `playback${this.nextObject++}`
        const { request } = task
        const report = { type: 'playbackStarted', playbackId, request, info: this.playerInfo } as const
        return [report, () => this.players.set(playbackId, 'playing')]
      }
      case 'pausePlayback': {
        const { playbackId, paused } = task
        const state = paused ? 'paused' : 'playing'
        const positionMs = this.positionOf(playbackId)
        return [
          { type: 'playbackState', playbackId, state, positionMs },
          () => this.players.set(playbackId, state),
        ]
      }
      case 'seek': {
        const { playbackId, relative, durationMs } = task
        const wantedMs = task.positionMs + (relative ? this.positionOf(playbackId) : 0)
        const positionMs = Math.min(Math.max(wantedMs, 0), durationMs ?? Infinity)
        return [{ type: 'playbackMoved', playbackId, positionMs, tell: true }, () => {}]
      }
    }
  }

  private positionOf(playbackId: string): number {
    const { playbacks } = this.room.objects(this.nowMs)
    return playbacks.find(({ id }) => id === playbackId)?.position ?? 0
  }

  /** As `send`, for commands that must be accepted. */
  do(command: RoomCommand, actor: Actor = system): Record<string, unknown> {
    const outcome = this.send(command, actor)
    if (!outcome.ok) throw outcome.error
    return outcome.result ?? {}
  }

  join(id: string, { sendsAudio = true, sendsVideo = true, ...joiner }: JoinOptions = {}): ClientModel {
    const name = joiner.name ?? id
    const join = { memberId: id, callId: `call-${id}`, sendsAudio, sendsVideo }
    this.do({ type: 'join', ...join, joiner: makeJoiner({ ...joiner, name }) })
    return this.client(id)
  }

  tryJoin(id: string, joiner: Partial<Joiner> = {}): RoomOutcome {
    const join = { memberId: id, callId: `call-${id}`, sendsAudio: true, sendsVideo: true }
    return this.send({ type: 'join', ...join, joiner: makeJoiner(joiner) })
  }

  /** A screen (or device) of a member; throws the refusal. */
  share(parentId: string, id: string, { sendsVideo = true, ...request }: ShareOptions = {}): void {
    const memberId = id
    this.do({
      type: 'joinChild',
      memberId,
      callId: `call-${id}`,
      request: { kind: 'screen', parentId, ...request },
      sendsAudio: true,
      sendsVideo,
    })
  }

  /** Code and message of a refused screen or device. */
  shareRefusal(parentId: string, request: Partial<ChildRequest> = {}): string {
    const asked: ChildRequest = { kind: 'screen', parentId, ...request }
    const refusal = this.room.checkJoinChild(asked)
    const outcome = this.send({
      type: 'joinChild',
      memberId: 'refused',
      callId: 'c',
      request: asked,
      sendsAudio: true,
      sendsVideo: true,
    })
    assert(!outcome.ok, 'the screen must be refused')
    assert.equal(refusal?.message, outcome.error.message, 'checkJoinChild says the same')
    return `${outcome.error.code}: ${outcome.error.message}`
  }

  /** A participant's new call was answered. */
  callAnew(memberId: string, sends = { audio: true, video: true }): void {
    this.do({ type: 'rejoin', memberId, callId: `new-call-${memberId}`, sends })
  }

  joinMany(count: number): string[] {
    const ids = Array.from({ length: count }, (_, index) => `m${index + 1}`)
    for (const id of ids) if (!this.clients.has(id)) this.join(id)
    return ids
  }

  leave(id: string): void {
    this.do({ type: 'leave', memberId: id })
  }

  rpc(caller: string, method: string, params: Record<string, unknown> = {}): Record<string, unknown> {
    return this.do({ type: 'rpc', method: `video.${method}`, params }, { kind: 'member', memberId: caller })
  }

  /** Code and message of a refusal; fails if the request was accepted or had effects. */
  refusal(caller: string, method: string, params: Record<string, unknown> = {}): string {
    const actor: Actor = { kind: 'member', memberId: caller }
    const outcome = this.send({ type: 'rpc', method: `video.${method}`, params }, actor)
    assert(!outcome.ok, `${method} must be refused`)
    return `${outcome.error.code}: ${outcome.error.message}`
  }

  talk(memberId: string, talking = true): void {
    this.do({ type: 'talking', memberId, talking })
  }

  /** Moves the clock and does what the room asked for on the way. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms
    while (this.wakeAtMs !== null && this.wakeAtMs <= untilMs && !this.ended) {
      assert(this.wakeAtMs >= this.nowMs, 'no wake in the past')
      this.nowMs = this.wakeAtMs
      const before = this.wakeAtMs
      this.do({ type: 'tick' })
      assert(this.wakeAtMs !== before, 'a tick at the time asked for does what there was to do')
    }
    this.nowMs = untilMs
  }

  client(id: string): ClientModel {
    const client = this.clients.get(id)
    assert(client, `${id} is not in the room`)
    return client
  }

  /** The member as the room lists it. */
  member(id: string): VideoMember {
    const found = this.members().find((each) => each.id === id)
    assert(found, `${id} is not in the list of members`)
    return found
  }

  members(): VideoMember[] {
    const { effects } = this
    const { members } = this.do({ type: 'rpc', method: 'video.members.get', params: {} })
    this.effects = effects
    return members as VideoMember[]
  }

  /** The layout as everybody in the room has been told it. */
  layout(): VideoLayout {
    const layouts = [...this.clients.values()].map((client) => client.layout)
    for (const layout of layouts) assert.deepEqual(layout, layouts[0])
    assert(layouts[0], 'somebody has been told the layout')
    return layouts[0]
  }

  position(id: string): string {
    return this.layout().layers.find((layer) => layer.member_id === id)?.position ?? 'off-canvas'
  }

  positions(): Record<string, string> {
    const taken = this.layout().layers.filter((layer) => layer.member_id !== null)
    return Object.fromEntries(taken.map((layer) => [layer.member_id ?? '', layer.position]))
  }

  /** Events of the last command that somebody in the room is told. */
  events(): RoomEvent[] {
    return this.allEvents().filter(
      ({ recipients }) => recipients.to !== 'some' || recipients.memberIds.length > 0,
    )
  }

  /** With those that only who listens from outside is told. */
  allEvents(): RoomEvent[] {
    return this.effects.filter((effect) => effect.kind === 'event')
  }

  eventTypes(): ServerEventType[] {
    return this.events().map((event) => event.type)
  }

  /** What `updated` named, for each member updated by the last command. */
  updated(): Record<string, string[]> {
    const updates = this.events().flatMap((event) =>
      event.type === 'video.member.updated' ? [[event.params.member.id, event.params.member.updated]] : [],
    )
    return Object.fromEntries(updates) as Record<string, string[]>
  }

  private apply(effect: Effect): void {
    switch (effect.kind) {
      case 'event':
        for (const client of this.clients.values()) {
          const { recipients } = effect
          if (recipients.to === 'member' && client.id !== recipients.memberId) continue
          if (recipients.to === 'others' && client.id === recipients.memberId) continue
          if (recipients.to === 'some' && !recipients.memberIds.includes(client.id)) continue
          client.receive(effect)
        }
        return
      case 'media.scene':
        assert.notDeepEqual(effect.scene, this.scene, 'a scene is sent only when it changes')
        this.scene = effect.scene
        return
      case 'media.source':
        assert.notDeepEqual(effect.settings, this.sources.get(effect.sourceId))
        this.sources.set(effect.sourceId, effect.settings)
        return
      case 'media.removeSource':
        assert(this.sources.delete(effect.sourceId), 'only a known source is removed')
        return
      case 'media.listener':
        this.listeners.set(effect.memberId, effect.settings)
        return
      case 'media.stopOutput':
        assert(this.outputs.delete(effect.outputId), 'only a known output is stopped')
        return
      case 'media.closePlayer':
        assert(this.players.delete(effect.playbackId), 'only a known player is closed')
        return
      case 'media.playerVolume':
        assert(this.players.has(effect.playbackId))
        this.playerVolumes.set(effect.playbackId, effect.volumeDb)
        return
      case 'task':
      case 'media.tone':
        return
      case 'role':
        this.roles.set(effect.memberId, effect.role)
        this.clients.get(effect.memberId)?.toldRole(effect.role)
        return
      case 'hangup':
        this.hangups.push({ memberId: effect.memberId, cause: effect.cause })
        this.clients.delete(effect.memberId)
        this.listeners.delete(effect.memberId)
        return
      case 'wake':
        assert.notEqual(effect.atMs, this.wakeAtMs, 'a wake is sent only when it changes')
        this.wakeAtMs = effect.atMs
        return
      case 'ended':
        this.ended = true
        return
      case 'digits':
        return
    }
  }
}
