export { AudioClock, maxCatchUpTicks } from './AudioClock.ts'
export type { AudioClockOptions, AudioTick } from './AudioClock.ts'
export { frameMs, frameSamples, sampleRateHz } from './constants.ts'
export { openCodecCount } from './opus/codecContext.ts'
export type { PcmSource } from './PcmSource.ts'
export { RoomAudio } from './RoomAudio.ts'
export type {
  AudioRtpPacket,
  AudioSourceStats,
  MixTap,
  RoomAudioEvents,
  RoomAudioOptions,
  RoomAudioStats,
} from './RoomAudio.ts'
