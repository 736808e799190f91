export { RoomSession } from './RoomSession.ts'
export { RoomSessionDevice } from './RoomSessionDevice.ts'
export { RoomSessionPlayback } from './RoomSessionPlayback.ts'
export { RoomSessionRecording } from './RoomSessionRecording.ts'
export { RoomSessionScreenShare } from './RoomSessionScreenShare.ts'
export { RoomSessionStream } from './RoomSessionStream.ts'
export { buildVideoElement } from './buildVideoElement.ts'
export type { BuildVideoElementParams, BuiltVideoElement } from './buildVideoElement.ts'
export { isRoomSessionError, RoomSessionError, sdkErrorCodes } from './errors.ts'
export type { SdkErrorCode } from './errors.ts'
export type {
  CallEvents,
  DeviceUpdatedEvent,
  LeaveReason,
  MediaDisconnectedEvent,
  MemberListUpdatedEvent,
  RoomJoinedEvent,
  RoomLeftEvent,
  RoomSessionEvents,
} from './events.ts'
export type { MediaDirection, MediaUpdate, UpdateMediaParams } from './features/CallControls.ts'
export type {
  AddCameraOptions,
  AddDeviceOptions,
  AddMicrophoneOptions,
  StartScreenShareOptions,
} from './features/ChildControls.ts'
export type { ChildSessionEvents } from './features/ChildSession.ts'
export type { PlayParams } from './features/PlaybackControls.ts'
export type { DemoteParams, PromoteParams } from './features/RoleControls.ts'
export type { MemberParams } from './features/RoomBase.ts'
export type { LogLevel } from './logger.ts'
export type { DeviceInfo } from './media/LocalMedia.ts'
export type { JoinParams, RoomSessionOptions } from './options.ts'
export type { LocalOverlay } from './render/LocalOverlay.ts'
export type { MemberOverlay, OverlayMap } from './render/MemberOverlays.ts'
export type { SessionObject } from './objects/SessionObject.ts'
export type { RunningObjects } from './objects/SessionObjects.ts'
export { version } from './version.ts'
export type { CreateRoomObjectOptions, VideoClient } from './video.ts'
export type {
  AudienceCountEvent,
  LayoutChangedEvent,
  MediaAllowed,
  MemberEvent,
  MemberRoleEvent,
  MemberTalkingEvent,
  MemberUpdatable,
  MemberUpdatedEvent,
  RoomLifeEvent,
  RoomSubscribedEvent,
  RoomUpdatable,
  RoomUpdatedEvent,
  VideoLayout,
  VideoLayoutLayer,
  VideoMember,
  VideoPlayback,
  VideoPosition,
  VideoPositions,
  VideoRecording,
  VideoRoomSession,
  VideoStream,
} from '@roomful/protocol'
export * as Video from './video.ts'
export * as WebRTC from './media/webrtc.ts'
