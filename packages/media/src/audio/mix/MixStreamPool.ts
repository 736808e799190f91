import { MixStream } from './MixStream.ts'

/** A stream nobody took up again for this long is closed: 10 s. */
const idleTicks = 500
/** More than this many idle ones are closed at once. */
const maxIdle = 8

interface IdleStream {
  stream: MixStream
  sinceTick: number
}

/** The encoders of a room: opened when needed, kept a while for the next who speaks. */
export class MixStreamPool {
  readonly #idle: IdleStream[] = []
  readonly #inUse = new Set<MixStream>()
  #closedEncodedFrames = 0

  get openCount(): number {
    return this.#idle.length + this.#inUse.size
  }

  /** Frames encoded by all streams since the pool was made. */
  get encodedFrames(): number {
    let frames = this.#closedEncodedFrames
    for (const stream of this.#inUse) frames += stream.encodedFrames
    for (const { stream } of this.#idle) frames += stream.encodedFrames
    return frames
  }

  acquire(): MixStream {
    const stream = this.#idle.pop()?.stream ?? new MixStream()
    this.#inUse.add(stream)
    return stream
  }

  release(stream: MixStream, tick: number): void {
    if (!this.#inUse.delete(stream)) return
    if (this.#idle.length >= maxIdle) this.#close(stream)
    else this.#idle.push({ stream, sinceTick: tick })
  }

  /** Closes what has been idle for 10 s. The oldest are in front: `acquire` takes from the end. */
  trim(tick: number): void {
    while (this.#idle.length > 0 && tick - this.#idle[0]!.sinceTick >= idleTicks) {
      this.#close(this.#idle.shift()!.stream)
    }
  }

  close(): void {
    for (const stream of this.#inUse) this.#close(stream)
    for (const { stream } of this.#idle) this.#close(stream)
    this.#inUse.clear()
    this.#idle.length = 0
  }

  #close(stream: MixStream): void {
    this.#closedEncodedFrames += stream.encodedFrames
    stream.close()
  }
}
