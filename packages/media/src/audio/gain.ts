/** The lowest value of a volume; the documented scale ends in silence there, not at -50 dB. */
export const silenceDb = -50
/** The highest value of a volume. */
export const maxVolumeDb = 50

/** Amplitude factor of a volume in dB: 10^(dB/20), exactly 0 at -50 and below, at most +50 dB. */
export function gainFromDb(volumeDb: number): number {
  if (Number.isNaN(volumeDb)) return 1
  if (volumeDb <= silenceDb) return 0
  if (volumeDb === 0) return 1
  return 10 ** (Math.min(volumeDb, maxVolumeDb) / 20)
}

/** Below the knee the mix is untouched; above it tanh bends it so that no sum ever reaches full scale. */
const knee = 0.7
const headroom = 1 - knee

/** Limits `samples` softly in place: the identity up to ±0.7, then a tanh that stays within ±1. */
export function softClip(samples: Float32Array): void {
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!
    if (sample > knee) samples[i] = knee + headroom * Math.tanh((sample - knee) / headroom)
    else if (sample < -knee) samples[i] = -knee + headroom * Math.tanh((sample + knee) / headroom)
  }
}

/** A gain that changes jumps nowhere: it slides to its new value within 5 ms. */
export const rampSamples = 240

/** Multiplies `samples` in place, sliding from one gain to the other over the first `rampSamples`. */
export function applyGain(samples: Float32Array, fromGain: number, toGain: number): void {
  let i = 0
  if (fromGain !== toGain) {
    const step = (toGain - fromGain) / rampSamples
    let gain = fromGain
    for (; i < rampSamples; i++) {
      samples[i] = samples[i]! * gain
      gain += step
    }
  }
  if (toGain === 1) return
  if (toGain === 0) {
    samples.fill(0, i)
    return
  }
  for (; i < samples.length; i++) samples[i] = samples[i]! * toGain
}

/** Mean absolute sample value on the 16-bit scale (0 to 32768): the level talk detection is defined on. */
export function meanAbsoluteLevel(samples: Float32Array): number {
  let sum = 0
  for (let i = 0; i < samples.length; i++) sum += Math.abs(samples[i]!)
  return (sum / samples.length) * 32_768
}
