/** Opus runs on a 48 kHz RTP clock whatever it carries (RFC 7587 section 4.1); so does the whole mixer. */
export const sampleRateHz = 48_000
export const samplesPerMs = 48
/** One tick of the mixer. */
export const frameMs = 20
/** Samples of one tick, mono. */
export const frameSamples = 960
