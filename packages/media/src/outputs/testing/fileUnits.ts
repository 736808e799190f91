import type { MediaFormat, PlacedUnit } from '../mediaUnits.ts'

/** Units that muxers take for true; no decoder would show anything. */

export const fakeFormat: MediaFormat = {
  video: {
    width: 640,
    height: 360,
    fps: 25,
    bitrateBps: 1_000_000,
    decoderConfig: Buffer.from(
      '0164001effe1001b6764001eacd940a02ff9610000030001000003003c8f162d9601000668ebe3cb22c0fdf8f800',
      'hex',
    ),
  },
  audio: {
    sampleRateHz: 48_000,
    channels: 2,
    bitrateBps: 128_000,
    decoderConfig: Buffer.from('119056e500', 'hex'),
  },
}

const soundMs = 1024 / 48

/** Pictures and sound of a stretch, with a keyframe every second. */
export function* fakeUnits(fromMs: number, toMs: number, pictureBytes = 4000): Generator<PlacedUnit> {
  let sound = Math.ceil(fromMs / soundMs)
  for (let timeMs = fromMs; timeMs < toMs; timeMs += 40) {
    const isKey = timeMs % 1000 === 0
    const data = Buffer.alloc(pictureBytes, 1)
    data.writeUInt32BE(pictureBytes - 4)
    data[4] = isKey ? 0x65 : 0x41
    yield { unit: { kind: 'video', data, isKey, atMs: timeMs, durationMs: 40 }, timeMs }
    for (; sound * soundMs < timeMs + 40; sound++) {
      const atMs = sound * soundMs
      yield {
        unit: { kind: 'audio', data: Buffer.alloc(200, 1), isKey: true, atMs, durationMs: soundMs },
        timeMs: atMs,
      }
    }
  }
}
