import { MediaError } from '../MediaError.ts'
import { AddressPolicy } from '../net/index.ts'
import type { OutputEvent, OutputId, OutputTarget } from '../outputTypes.ts'
import type { Output, OutputContext } from './Output.ts'
import { OutputFeed, type OutputFeedOptions } from './OutputFeed.ts'
import type { OutputPicture } from './OutputVideoEncoder.ts'
import { Recording } from './recording/Recording.ts'
import { Stream } from './streaming/Stream.ts'

export type RoomOutputsOptions = Omit<OutputFeedOptions, 'onBroken'> & {
  /** Where streams may lead although the address is private, see `MediaProcessConfig`. */
  allowedHosts: readonly string[]
  onEvent: (event: OutputEvent) => void
  /** Unix milliseconds with fraction that never jump: the clock of the room's ticks and pictures. */
  now: () => number
}

/** Making a file whole takes as long as its index; then the room closes without waiting for more. */
const closeTimeoutMs = 6000

/** The recordings and streams of a room. */
export class RoomOutputs {
  readonly #options: RoomOutputsOptions
  readonly #feed: OutputFeed
  readonly #policy: AddressPolicy
  readonly #outputs = new Map<OutputId, Output>()
  #isClosed = false
  #onEmpty: (() => void) | null = null

  constructor(options: RoomOutputsOptions) {
    this.#options = options
    this.#feed = new OutputFeed({ ...options, onBroken: (error) => this.#failAll(error) })
    this.#policy = new AddressPolicy({ allowedHosts: options.allowedHosts })
  }

  /** Resolves as soon as it runs. Rejects with `output_failed` or `url_not_allowed` and the cause in words. */
  async start(outputId: OutputId, target: OutputTarget): Promise<void> {
    if (this.#isClosed) throw new MediaError('output_failed', 'The room is closed')
    if (this.#outputs.has(outputId)) {
      throw new MediaError('output_failed', `There is an output ${outputId} in this room already`)
    }
    const output = this.#create(outputId, target)
    this.#outputs.set(outputId, output)
    this.#feed.attach(output)
    await output.start()
  }

  pause(outputId: OutputId): void {
    this.#outputs.get(outputId)?.pause(this.#options.now())
  }

  resume(outputId: OutputId): void {
    this.#outputs.get(outputId)?.resume(this.#options.now())
  }

  stop(outputId: OutputId): void {
    this.#outputs.get(outputId)?.stop(this.#options.now())
  }

  /** A picture of the video worker, see `RoomVideo.setOutputDemand`. */
  takePicture(picture: OutputPicture): void {
    this.#feed.takePicture(picture)
  }

  /** Stops all and waits, within limits, until their files are whole. The room must still run. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#outputs.size === 0) return
    const nowMs = this.#options.now()
    for (const output of this.#outputs.values()) output.stop(nowMs)
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, closeTimeoutMs)
      this.#onEmpty = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    for (const output of [...this.#outputs.values()]) this.#feed.detach(output)
  }

  #failAll(error: unknown): void {
    const cause = error instanceof Error ? error.message : String(error)
    for (const output of [...this.#outputs.values()]) output.fail(`The sound cannot be encoded: ${cause}`)
  }

  #create(outputId: OutputId, target: OutputTarget): Output {
    let output: Output | null = null
    const context: OutputContext = {
      outputId,
      onEvent: this.#options.onEvent,
      now: this.#options.now,
      requestKeyframe: () => this.#feed.requestKeyframe(),
      onOver: () => {
        this.#outputs.delete(outputId)
        if (output !== null) this.#feed.detach(output)
        if (this.#outputs.size === 0) this.#onEmpty?.()
      },
    }
    output =
      target.kind === 'stream'
        ? new Stream({ url: target.url, policy: this.#policy }, context)
        : new Recording({ path: target.path, maxSizeBytes: target.maxSizeBytes }, context)
    return output
  }
}
