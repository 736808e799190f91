/** Bytes that mean nothing, always the same. */
export const noise = Buffer.from(
  Uint8Array.from({ length: 100_000 }, (_value, i) => (Math.imul(i, 2654435761) >>> 13) & 255),
)
