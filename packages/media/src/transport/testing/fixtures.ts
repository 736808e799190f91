import { readFileSync } from 'node:fs'

export const offerNames = ['member', 'audience', 'video-first', 'h264-only', 'third-section'] as const

/** An offer as Chromium 156 writes it with `bundlePolicy: "max-compat"`, lines ending with CRLF. */
export const chromiumOffer = (name: (typeof offerNames)[number]): string => read(name)

/** A member's offer as Firefox 153 writes it with `bundlePolicy: "max-compat"`, lines ending with CRLF. */
export const firefoxOffer = (): string => read('firefox')

function read(name: string): string {
  const file = new URL(`./fixtures/${name}.sdp`, import.meta.url)
  return readFileSync(file, 'utf8').replaceAll(/\r?\n/g, '\r\n')
}
