const bucketMs = 100
const buckets = 10

/** Bits per second over the last second. Monotonic clock. */
export class RateMeter {
  readonly #bytes = new Float64Array(buckets)
  #bucket = 0

  add(bytes: number, nowMs: number): void {
    this.#advance(nowMs)
    this.#bytes[this.#bucket % buckets]! += bytes
  }

  bitrateBps(nowMs: number): number {
    this.#advance(nowMs)
    let sum = 0
    for (const bytes of this.#bytes) sum += bytes
    return (sum * 8000) / (bucketMs * buckets)
  }

  #advance(nowMs: number): void {
    const bucket = Math.floor(nowMs / bucketMs)
    if (bucket - this.#bucket >= buckets) this.#bytes.fill(0)
    else for (let i = this.#bucket + 1; i <= bucket; i++) this.#bytes[i % buckets] = 0
    this.#bucket = Math.max(this.#bucket, bucket)
  }
}
