import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../lib/Clock.ts'

export type RecordingLinksOptions = {
  /** Links are void when it changes. */
  secret: string
  publicUrl: () => string
  clock: Clock
}

type Target = { projectId: string; recordingId: string }

/** Links to files that this server gives out itself: signed, and valid for a time. */
export class RecordingLinks {
  readonly #key: Buffer
  readonly #options: RecordingLinksOptions

  constructor(options: RecordingLinksOptions) {
    this.#options = options
    // Not the secret itself: what signs links must not be able to sign room tokens.
    this.#key = Buffer.from(hkdfSync('sha256', options.secret, '', 'roomful recording links', 32))
  }

  create(target: Target, ttlSeconds: number): string {
    const { publicUrl, clock } = this.#options
    const expires = String(Math.floor(clock.nowMs() / 1000) + ttlSeconds)
    const query = new URLSearchParams({
      expires,
      signature: this.#sign(target, expires).toString('base64url'),
    })
    return `${publicUrl()}/media/recordings/${target.projectId}/${target.recordingId}.mp4?${query}`
  }

  isValid(target: Target, expires: string, signature: string): boolean {
    if (!/^\d{1,12}$/.test(expires)) return false
    const given = Buffer.from(signature, 'base64url')
    const expected = this.#sign(target, expires)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false
    return this.#options.clock.nowMs() < Number(expires) * 1000
  }

  #sign({ projectId, recordingId }: Target, expires: string): Buffer {
    return createHmac('sha256', this.#key).update(`${projectId}\n${recordingId}\n${expires}`).digest()
  }
}
