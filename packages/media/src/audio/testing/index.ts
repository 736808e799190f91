export { OpusRecorder } from './OpusRecorder.ts'
export { OpusTone } from './OpusTone.ts'
export type { OpusToneOptions } from './OpusTone.ts'
export { goertzelDb, rmsDb, ToneGenerator } from './tone.ts'
