export { RoomSession } from './RoomSession.ts'
export type { RoomSessionDevice, RoomSessionScreenShare } from './RoomSession.ts'
export { isRoomSessionError, RoomSessionError, sdkErrorCodes } from './errors.ts'
export type { SdkErrorCode } from './errors.ts'
export type {
  DeviceUpdatedEvent,
  LeaveReason,
  MemberListUpdatedEvent,
  RoomLeftEvent,
  RoomSessionEvents,
} from './events.ts'
export type { MemberParams } from './features/RoomBase.ts'
export type { LogLevel } from './logger.ts'
export type { DeviceInfo } from './media/LocalMedia.ts'
export type { JoinParams, RoomSessionOptions } from './options.ts'
export type { LocalOverlay } from './render/LocalOverlay.ts'
export { version } from './version.ts'
export type {
  AudienceCountEvent,
  LayoutChangedEvent,
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
  VideoPosition,
  VideoPositions,
  VideoRoomSession,
} from '@roomful/protocol'
export * as WebRTC from './media/webrtc.ts'
