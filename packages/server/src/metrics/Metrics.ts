import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { ErrorCode } from '@roomful/protocol'
import type { RoomHost, RoomObserver } from '../service/index.ts'

/** A scrape does not wait longer for one room. */
const roomTimeoutMs = 2000

export type MetricsSources = {
  /** The running rooms. */
  rooms: () => Iterable<RoomHost>
  counts: () => { sessions: number; connections: number }
}

/** What an operator sees at `/metrics`, in the format of Prometheus. Reads the rooms when it is asked. */
export class Metrics implements RoomObserver {
  readonly #registry = new Registry()
  readonly #sources: MetricsSources
  readonly #connectSeconds: Histogram
  readonly #refused: Counter<'code'>
  readonly #events: Counter<'type'>
  readonly #rooms: Gauge
  readonly #members: Gauge
  readonly #audience: Gauge
  readonly #perRoom: RoomGauges
  readonly #perEncode: EncodeGauges

  constructor(sources: MetricsSources) {
    this.#sources = sources
    const registers = [this.#registry]
    collectDefaultMetrics({ register: this.#registry })
    this.#connectSeconds = new Histogram({
      name: 'roomful_join_seconds',
      help: 'From the offer of a call to connected sound and picture',
      buckets: [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10],
      registers,
    })
    this.#refused = new Counter({
      name: 'roomful_calls_refused_total',
      help: 'Calls that were refused, by the reason',
      labelNames: ['code'],
      registers,
    })
    this.#events = new Counter({
      name: 'roomful_events_total',
      help: 'Events of rooms, by type',
      labelNames: ['type'],
      registers,
    })
    const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers })
    this.#rooms = gauge('roomful_rooms', 'Rooms that run')
    this.#members = gauge('roomful_members', 'Members in all rooms, screens and devices among them')
    this.#audience = gauge('roomful_audience', 'Audience participants in all rooms')
    this.#gauge('roomful_sessions', 'Clients that are known, with or without a socket', () => {
      return this.#sources.counts().sessions
    })
    this.#gauge('roomful_websockets', 'Open WebSockets', () => this.#sources.counts().connections)
    this.#perRoom = createRoomGauges(this.#registry)
    this.#perEncode = createEncodeGauges(this.#registry)
  }

  onEvent(_room: RoomHost, { type }: { type: string }): void {
    this.#events.inc({ type: type.replace(/^video\./, '') })
  }

  onConnected(_room: RoomHost, afterMs: number): void {
    this.#connectSeconds.observe(afterMs / 1000)
  }

  onRefused(code: ErrorCode): void {
    this.#refused.inc({ code })
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  async text(): Promise<string> {
    await this.#readRooms()
    return this.#registry.metrics()
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read())
      },
    })
  }

  /** Rooms that ended since are gone from the answer. */
  async #readRooms(): Promise<void> {
    for (const gauge of Object.values(this.#perRoom)) gauge.reset()
    for (const gauge of Object.values(this.#perEncode)) gauge.reset()
    const rooms = [...this.#sources.rooms()]
    this.#rooms.set(rooms.length)
    this.#members.set(0)
    this.#audience.set(0)
    await Promise.all(rooms.map((room) => this.#readRoom(room)))
  }

  async #readRoom(room: RoomHost): Promise<void> {
    const labels = { room: room.core.settings.name, room_session_id: room.core.roomSessionId }
    const { members, audience_count: viewers } = room.core.view()
    this.#members.inc(members.length)
    this.#audience.inc(viewers)
    this.#perRoom.members.set(labels, members.length)
    const stats = await inTime(room.media.stats())
    if (stats === undefined) return
    this.#perRoom.framesComposed.set(labels, stats.framesComposed)
    this.#perRoom.framesEncoded.set(labels, stats.framesEncoded)
    this.#perRoom.keyframesEncoded.set(labels, stats.keyframesEncoded)
    this.#perRoom.framesDecoded.set(labels, stats.framesDecoded)
    this.#perRoom.framesSkipped.set(labels, stats.ticksSkipped)
    this.#perRoom.videoCpuSeconds.set(labels, stats.videoCpuMs / 1000)
    this.#perRoom.composeSeconds.set(labels, stats.composeMsMean / 1000)
    this.#perRoom.encodeSeconds.set(labels, stats.encodeMsMean / 1000)
    this.#perRoom.decodeSeconds.set(labels, stats.decodeMsMean / 1000)
    this.#perRoom.lossToBrowsers.set(labels, stats.lossToBrowsers)
    this.#perRoom.lossFromBrowsers.set(labels, stats.lossFromBrowsers)
    for (const { codec, width, height, bytesEncoded, receivers } of stats.rungs) {
      const encode = { ...labels, codec, size: `${width}x${height}` }
      this.#perEncode.bytes.set(encode, bytesEncoded)
      this.#perEncode.receivers.set(encode, receivers)
    }
  }
}

type RoomGauges = ReturnType<typeof createRoomGauges>

function createRoomGauges(registry: Registry) {
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['room', 'room_session_id'], registers: [registry] })
  return {
    members: gauge('roomful_room_members', 'Members of a room'),
    framesComposed: gauge('roomful_room_frames_composed', 'Pictures composed since the room began'),
    framesEncoded: gauge(
      'roomful_room_frames_encoded',
      'Pictures encoded since the room began, of all encodes',
    ),
    keyframesEncoded: gauge('roomful_room_keyframes_encoded', 'Keyframes among them'),
    framesDecoded: gauge('roomful_room_frames_decoded', 'Pictures of members decoded since the room began'),
    framesSkipped: gauge('roomful_room_frames_skipped', 'Pictures left out because the machine was too slow'),
    videoCpuSeconds: gauge(
      'roomful_room_video_cpu_seconds',
      'CPU time of the picture since the room began; its rate is the cores that the room takes',
    ),
    composeSeconds: gauge('roomful_room_compose_seconds', 'Mean time to compose a picture'),
    encodeSeconds: gauge('roomful_room_encode_seconds', 'Mean time to encode a picture'),
    decodeSeconds: gauge('roomful_room_decode_seconds', 'Mean time to decode a picture of a member'),
    lossToBrowsers: gauge('roomful_room_loss_to_browsers', 'Share of packets lost on the way to browsers'),
    lossFromBrowsers: gauge('roomful_room_loss_from_browsers', 'Share of packets lost on the way from them'),
  }
}

type EncodeGauges = ReturnType<typeof createEncodeGauges>

function createEncodeGauges(registry: Registry) {
  const gauge = (name: string, help: string) =>
    new Gauge({
      name,
      help,
      labelNames: ['room', 'room_session_id', 'codec', 'size'],
      registers: [registry],
    })
  return {
    bytes: gauge(
      'roomful_room_encoded_bytes',
      'Bytes of an encode since the room began; its rate is the bitrate',
    ),
    receivers: gauge('roomful_room_encode_receivers', 'Browsers that get an encode'),
  }
}

/** undefined: the media did not answer in time, or not at all. */
async function inTime<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), roomTimeoutMs)
  })
  try {
    return await Promise.race([promise.catch(() => undefined), late])
  } finally {
    clearTimeout(timer)
  }
}
