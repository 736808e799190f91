import { describe } from 'vitest'
import type { Client } from './BrowserMember.ts'

/** Every test in it runs once through each client; the other one looks and listens. */
export function describeClients(run: (client: Client) => void): void {
  describe('our SDK', () => run('roomful'))
  describe('the stock client', () => run('stock'))
}
