export type { VideoCodec } from './codecs.ts'
export type { SourceFrame } from './FrameIntake.ts'
export { RoomVideo, type RoomVideoEvents } from './RoomVideo.ts'
export type { EncodedFrame, VideoDemand, VideoStats } from './videoMessages.ts'
