/** Every byte once, so that a single byte (a rebuilt NAL header) can be a piece too. */
const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i)

/**
 * Collects the pieces of one frame as references into packets and copies them once, into a buffer of
 * exactly the right size. Reused for frame after frame; allocates only that buffer.
 */
export class FrameAssembler {
  readonly #sources: (Uint8Array | undefined)[] = []
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  #count = 0
  #byteLength = 0

  get byteLength(): number {
    return this.#byteLength
  }

  add(source: Uint8Array, start: number, end: number): void {
    const i = this.#count++
    this.#sources[i] = source
    this.#starts[i] = start
    this.#ends[i] = end
    this.#byteLength += end - start
  }

  addByte(value: number): void {
    this.add(everyByte, value, value + 1)
  }

  /** The frame, in an `ArrayBuffer` of its own (transferable). Leaves the assembler empty. */
  take(): Uint8Array<ArrayBuffer> {
    const frame = new Uint8Array(this.#byteLength)
    let at = 0
    for (let i = 0; i < this.#count; i++) {
      const start = this.#starts[i] ?? 0
      const end = this.#ends[i] ?? 0
      const piece = this.#sources[i]?.subarray(start, end)
      if (piece) frame.set(piece, at)
      at += end - start
    }
    this.clear()
    return frame
  }

  /** Lets go of the packets. */
  clear(): void {
    this.#sources.fill(undefined, 0, this.#count)
    this.#count = 0
    this.#byteLength = 0
  }
}
