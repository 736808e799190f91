/**
 * The events asked for with each invite: all of them, whatever handlers there are, because handlers may be
 * added at any time and the SDK's own state depends on the events.
 */
export const subscriptions: readonly string[] = [
  'video.room.subscribed',
  'video.room.started',
  'video.room.updated',
  'video.room.ended',
  'video.room.audience_count',
  'video.member.joined',
  'video.member.updated',
  'video.member.left',
  'video.member.talking',
  'video.member.promoted',
  'video.member.demoted',
  'video.layout.changed',
  'video.recording.started',
  'video.recording.updated',
  'video.recording.ended',
  'video.playback.started',
  'video.playback.updated',
  'video.playback.ended',
  'video.stream.started',
  'video.stream.updated',
  'video.stream.ended',
]
