import { frameSamples, samplesPerMs } from '../constants.ts'

/** The longest packet Opus allows, 120 ms (RFC 6716 section 3.2.5, R5). */
export const maxPacketSamples = 120 * samplesPerMs

const silkFrameSamples = [480, 960, 1920, 2880] as const
const celtFrameSamples = [120, 240, 480, 960] as const

/** First config number of the CELT-only modes (RFC 6716 section 3.1). */
const firstCeltConfig = 16
const firstHybridConfig = 12

function frameDuration(config: number): number {
  if (config >= firstCeltConfig) return celtFrameSamples[config & 3]!
  if (config >= firstHybridConfig) return config & 1 ? 960 : 480
  return silkFrameSamples[config & 3]!
}

/** Duration of an Opus packet in samples at 48 kHz from its TOC (RFC 6716 section 3.1); 0 if it cannot be Opus. */
export function opusDurationSamples(payload: Uint8Array): number {
  const toc = payload[0]
  if (toc === undefined) return 0
  const code = toc & 3
  let frames = code === 0 ? 1 : 2
  if (code === 3) frames = (payload[1] ?? 0) & 0x3f
  const duration = frames * frameDuration(toc >> 3)
  return duration <= maxPacketSamples ? duration : 0
}

/**
 * A packet of one byte has a TOC and an empty frame, which makes a decoder conceal. This is the TOC of that
 * packet: mode and bandwidth of the last real one, one frame of 20 or 10 ms.
 */
export function concealmentToc(lastToc: number, durationSamples: number): number {
  const longFrame = durationSamples >= frameSamples ? 1 : 0
  const config = lastToc >> 3
  let concealed: number
  if (config >= firstCeltConfig) concealed = (config & ~3) + 2 + longFrame
  else if (config >= firstHybridConfig) concealed = (config & ~1) + longFrame
  else concealed = (config & ~3) + longFrame
  return (concealed << 3) | (lastToc & 4)
}
