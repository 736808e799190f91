import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Makes and checks `authorization_state`: an opaque string that proves that whoever names a session's
 * `protocol` has been its client.
 */
export class AuthorizationStates {
  readonly #key: Buffer

  constructor(secret: string) {
    this.#key = createHmac('sha256', secret).update('authorization_state').digest()
  }

  sign(protocol: string): string {
    return `v1.${this.#mac(protocol).toString('base64url')}`
  }

  matches(state: string, protocol: string): boolean {
    const given = Buffer.from(state)
    const expected = Buffer.from(this.sign(protocol))
    return given.length === expected.length && timingSafeEqual(given, expected)
  }

  #mac(protocol: string): Buffer {
    return createHmac('sha256', this.#key).update(protocol).digest()
  }
}
