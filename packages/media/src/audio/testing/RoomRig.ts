import { frameMs } from '../constants.ts'
import { RoomAudio } from '../RoomAudio.ts'
import type { AudioRtpPacket } from '../RoomAudio.ts'
import { OpusRecorder } from './OpusRecorder.ts'

/** What a network does to the packet sent as number `index`: its delay in ms, or null for a loss. */
export type Network = (index: number) => number | null

export interface Sender {
  sourceId: string
  next(): AudioRtpPacket
  /** Default: 30 ms for every packet. */
  network?: Network
  /** Real time between packets. Default 20 ms. */
  intervalMs?: number
}

interface Flight {
  atMs: number
  sourceId: string
  packet: AudioRtpPacket
}

/** A room in simulated time: senders behind networks, listeners that decode and record. Close it. */
export class RoomRig {
  readonly room: RoomAudio
  readonly talking: { sourceId: string; talking: boolean; atMs: number }[] = []
  readonly sent: { listenerId: string; rtpTimestamp: number; marker: boolean; bytes: number }[] = []
  nowMs = 1000
  readonly #recorders = new Map<string, OpusRecorder>()
  readonly #sending: { sender: Sender; nextMs: number; index: number }[] = []
  #inFlight: Flight[] = []

  constructor() {
    this.room = new RoomAudio({
      now: () => this.nowMs,
      events: {
        onTalking: (sourceId, talking) => this.talking.push({ sourceId, talking, atMs: this.nowMs }),
        onPacket: (listenerId, opus, rtpTimestamp, marker) => {
          this.#recorders.get(listenerId)?.push(opus)
          this.sent.push({ listenerId, rtpTimestamp, marker, bytes: opus.length })
        },
      },
    })
  }

  addSender(sender: Sender): void {
    this.room.addSource(sender.sourceId)
    this.#sending.push({ sender, nextMs: this.nowMs, index: 0 })
  }

  removeSender(sourceId: string): void {
    const at = this.#sending.findIndex(({ sender }) => sender.sourceId === sourceId)
    if (at >= 0) this.#sending.splice(at, 1)
  }

  addListener(listenerId: string, excludeSourceId: string | null = null): OpusRecorder {
    this.room.addListener(listenerId, { excludeSourceId })
    const recorder = new OpusRecorder()
    this.#recorders.set(listenerId, recorder)
    return recorder
  }

  /** Lets the time pass: packets are sent, travel, and every 20 ms the room ticks. */
  run(durationMs: number, afterTick?: () => void): void {
    const endMs = this.nowMs + durationMs
    while (this.nowMs + frameMs <= endMs + 1e-6) {
      const tickMs = this.nowMs + frameMs
      this.#send(tickMs)
      this.#deliver(tickMs)
      this.nowMs = tickMs
      this.room.tick(tickMs)
      afterTick?.()
    }
  }

  close(): void {
    this.room.close()
    for (const recorder of this.#recorders.values()) recorder.close()
  }

  #send(untilMs: number): void {
    for (const sending of this.#sending) {
      const { sender } = sending
      while (sending.nextMs < untilMs) {
        const packet = sender.next()
        const delayMs = sender.network ? sender.network(sending.index) : 30
        if (delayMs !== null)
          this.#inFlight.push({ atMs: sending.nextMs + delayMs, sourceId: sender.sourceId, packet })
        sending.nextMs += sender.intervalMs ?? frameMs
        sending.index++
      }
    }
  }

  #deliver(untilMs: number): void {
    const arrived = this.#inFlight.filter(({ atMs }) => atMs <= untilMs)
    if (arrived.length === 0) return
    this.#inFlight = this.#inFlight.filter(({ atMs }) => atMs > untilMs)
    arrived.sort((a, b) => a.atMs - b.atMs)
    for (const { sourceId, packet, atMs } of arrived) this.room.pushRtp(sourceId, packet, atMs)
  }
}
