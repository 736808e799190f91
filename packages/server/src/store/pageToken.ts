/** Where a page begins: after (older than) or before (newer than) the record with this number. */
export type Cursor = { direction: 'after' | 'before'; position: number }

const pattern = /^PA[01][0-9a-f]{15}$/

/** Whether a list takes it. */
export function isPageToken(token: string): boolean {
  return pattern.test(token) && Number.isSafeInteger(Number.parseInt(token.slice(3), 16))
}

/** `PA` and 16 hexadecimal digits: the first tells the direction. */
export function encodePageToken({ direction, position }: Cursor): string {
  return `PA${direction === 'after' ? 0 : 1}${position.toString(16).padStart(15, '0')}`
}

export function decodePageToken(token: string): Cursor {
  if (!isPageToken(token)) throw new RangeError(`Not a page token: ${token.slice(0, 40)}`)
  return {
    direction: token[2] === '0' ? 'after' : 'before',
    position: Number.parseInt(token.slice(3), 16),
  }
}
