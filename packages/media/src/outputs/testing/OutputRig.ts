import { AudioClock, frameMs, frameSamples, RoomAudio } from '../../audio/index.ts'
import { OpusEncoder } from '../../audio/opus/OpusEncoder.ts'
import type { OutputEvent } from '../../outputTypes.ts'
import { epochMs } from '../../room/monotonic.ts'
import type { RoomMediaOptions } from '../../types.ts'
import { RoomVideo } from '../../video/index.ts'
import { colours, fillRect, grid, TestSource, type Yuv } from '../../video/testKit.ts'
import { RoomOutputs } from '../RoomOutputs.ts'

/** Small, so that the tests of outputs fit beside others on two cores. */
export const rigOptions: RoomMediaOptions = { width: 640, height: 360, fps: 25, videoBitrateBps: 600_000 }

export const flashColour: Yuv = [235, 128, 128]
/** A flash and a beep of this length every second, that begin together. */
export const beepMs = 120
export const beepIntervalMs = 1000
export const beepHz = 1000
/** What is heard all the time, quietly. */
export const toneHz = 440

/** How long after it was shown to the camera a picture arrives, and sound after it reached the microphone. */
const videoTransitMs = 30
const audioTransitMs = 15

/**
 * A room with two members, made of the media process's own parts: `left` is red, flashes and beeps once a second,
 * and hums; `right` is green and silent. Close it.
 */
export class OutputRig {
  readonly events: OutputEvent[] = []
  readonly outputs: RoomOutputs
  readonly video: RoomVideo
  readonly audio: RoomAudio
  readonly #clock = new AudioClock({ now: epochMs })
  readonly #timer: NodeJS.Timeout
  readonly #left: TestSource
  readonly #right: TestSource
  readonly #opus = new OpusEncoder()
  readonly #samples = new Float32Array(frameSamples)
  readonly #startMs = epochMs()
  readonly #wantsKey = new Set<string>()
  readonly #waiters = new Set<() => void>()
  #audioFrames = 0
  #videoFrames = 0

  static async create(
    options: RoomMediaOptions = rigOptions,
    allowedHosts: readonly string[] = [],
  ): Promise<OutputRig> {
    // eslint-disable-next-line prefer-const
    let rig: OutputRig | undefined
    const video = await RoomVideo.create(options, {
      onEncoded: () => {},
      onOutputPicture: (picture) => rig?.outputs.takePicture(picture),
      onKeyframeNeeded: (sourceId) => rig?.wantKeyframe(sourceId),
      onDied: (error) => {
        throw error
      },
    })
    rig = new OutputRig(video, options, allowedHosts)
    return rig
  }

  private constructor(video: RoomVideo, room: RoomMediaOptions, allowedHosts: readonly string[]) {
    this.video = video
    const size = { width: 320, height: 180, bitrateBps: 300_000 }
    this.#left = new TestSource(colours.red, size)
    this.#right = new TestSource(colours.green, size)
    this.audio = new RoomAudio({ now: epochMs, events: { onTalking: () => {}, onPacket: () => {} } })
    this.audio.addSource('left')
    this.outputs = new RoomOutputs({
      video,
      audio: this.audio,
      room,
      allowedHosts,
      now: epochMs,
      onEvent: (event) => {
        this.events.push(event)
        for (const waiter of this.#waiters) waiter()
      },
    })
    video.setScene(grid(2, ['left', 'right']))
    this.#clock.add((nowMs) => this.audio.tick(nowMs))
    this.#clock.start()
    this.#timer = setInterval(() => this.#send(), 10)
  }

  wantKeyframe(sourceId: string): void {
    this.#wantsKey.add(sourceId)
  }

  /** The next event, or one of before, that fits. */
  event(fits: (event: OutputEvent) => boolean, timeoutMs = 30_000): Promise<OutputEvent> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(look)
        reject(new Error(`Not seen within ${timeoutMs} ms; there were ${JSON.stringify(this.events)}`))
      }, timeoutMs)
      const look = (): void => {
        const found = this.events.find(fits)
        if (found === undefined) return
        clearTimeout(timer)
        this.#waiters.delete(look)
        resolve(found)
      }
      this.#waiters.add(look)
      look()
    })
  }

  async ended(outputId: string): Promise<Extract<OutputEvent, { type: 'output.ended' }>> {
    const event = await this.event((each) => each.type === 'output.ended' && each.outputId === outputId)
    if (event.type !== 'output.ended') throw new Error('Not the event that was asked for')
    return event
  }

  /** Stops all outputs and ends everything. */
  async close(): Promise<void> {
    await this.outputs.close()
    clearInterval(this.#timer)
    this.#clock.stop()
    this.audio.close()
    await this.video.close()
    this.#left.free()
    this.#right.free()
    this.#opus.close()
  }

  /** Sends what has arrived by now. */
  #send(): void {
    const elapsedMs = epochMs() - this.#startMs
    // A packet goes out when its last sample was heard.
    while ((this.#audioFrames + 1) * frameMs + audioTransitMs <= elapsedMs) this.#sendSound()
    while (this.#videoFrames * 40 + videoTransitMs <= elapsedMs) this.#sendPictures()
  }

  #sendSound(): void {
    const first = this.#audioFrames * frameSamples
    for (let i = 0; i < frameSamples; i++) {
      const seconds = (first + i) / 48_000
      const isBeep = (seconds * 1000) % beepIntervalMs < beepMs
      const beep = isBeep ? 0.4 * Math.sin(2 * Math.PI * beepHz * seconds) : 0
      this.#samples[i] = beep + 0.05 * Math.sin(2 * Math.PI * toneHz * seconds)
    }
    const payload = Uint8Array.from(this.#opus.encode(this.#samples))
    const sequenceNumber = this.#audioFrames & 0xffff
    const packet = { sequenceNumber, rtpTimestamp: first % 2 ** 32, payload, marker: this.#audioFrames === 0 }
    this.#audioFrames++
    this.audio.pushRtp('left', packet, epochMs())
  }

  #sendPictures(): void {
    const isFlash = (this.#videoFrames * 40) % beepIntervalMs < beepMs
    this.#left.paint = (canvas) =>
      fillRect(canvas, 0, 0, canvas.width, canvas.height, isFlash ? flashColour : colours.red)
    this.#videoFrames++
    this.video.pushFrame('left', this.#left.next(this.#wantsKey.delete('left')))
    this.video.pushFrame('right', this.#right.next(this.#wantsKey.delete('right')))
  }
}
