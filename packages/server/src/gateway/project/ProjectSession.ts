import { randomBytes, randomUUID } from 'node:crypto'
import { SerialQueue } from '../../lib/SerialQueue.ts'
import type { RoomEvent } from '../../service/index.ts'
import { encodeRoomEvent, type FrameContext } from '../frames.ts'
import type { SessionConnection } from '../SignalingSession.ts'
import { Subscriptions } from './Subscriptions.ts'

/** Requests of one client that may wait for their turn. */
const queueLimit = 1000

/**
 * An application's own server, signed in with project and API token: it is in no room, hears of all of its project
 * and may do everything in them. Ends with its socket; the client subscribes anew on its next one.
 */
export class ProjectSession {
  readonly projectId: string
  readonly protocol: string
  readonly signature = randomBytes(16).toString('hex')
  readonly queue = new SerialQueue(queueLimit)
  readonly subscriptions = new Subscriptions()
  readonly #connection: SessionConnection
  readonly #frameContext: FrameContext

  constructor(projectId: string, connection: SessionConnection, frameContext: FrameContext) {
    this.projectId = projectId
    this.protocol = `signalwire_${this.signature}_${randomUUID()}_${projectId}`
    this.#connection = connection
    this.#frameContext = { ...frameContext, projectId }
  }

  /** An event of a room of the project, if it was asked for. */
  offer(event: RoomEvent): void {
    if (!this.subscriptions.wants(event.type, event.channel)) return
    this.send(event)
    if (event.type === 'video.room.ended') this.subscriptions.forget(event.channel)
  }

  send(event: RoomEvent): void {
    this.#connection.send(encodeRoomEvent(event, this.#frameContext))
  }
}
