import { methodPermissions } from '../permissions.ts'
import type { RoomMethod } from '../permissions.ts'
import type { Command } from './command.ts'
import { deaf, undeaf } from './deaf.ts'
import { lowerHand, prioritizeHandraise, raiseHand } from './hand.ts'
import { listAvailableLayouts, setLayout } from './layout.ts'
import { lock, unlock } from './lock.ts'
import { getMembers } from './members.ts'
import {
  deleteMemberMeta,
  deleteMeta,
  getMemberMeta,
  getMeta,
  setMemberMeta,
  setMeta,
  updateMemberMeta,
  updateMeta,
} from './meta.ts'
import { audioMute, audioUnmute, videoMute, videoUnmute } from './mute.ts'
import {
  listPlaybacks,
  pausePlayback,
  resumePlayback,
  seekAbsolute,
  seekRelative,
  setPlaybackVolume,
  startPlayback,
  stopPlayback,
} from './playback.ts'
import { setMemberPosition, setPositions } from './position.ts'
import {
  listRecordings,
  pauseRecording,
  resumeRecording,
  startRecording,
  stopRecording,
} from './recording.ts'
import { removeMember } from './remove.ts'
import { demote, promote } from './role.ts'
import { listStreams, startStream, stopStream } from './stream.ts'
import { hideVideoMuted, showVideoMuted } from './videoMuted.ts'
import { setInputSensitivity, setInputVolume, setOutputVolume } from './volume.ts'

/** The one command table. Which permission each asks for: `permissions.ts`. */
export const commandTable: Readonly<Record<RoomMethod, Command>> = {
  'video.members.get': getMembers,
  'video.get_meta': getMeta,
  'video.member.get_meta': getMemberMeta,

  'video.member.audio_mute': audioMute,
  'video.member.audio_unmute': audioUnmute,
  'video.member.video_mute': videoMute,
  'video.member.video_unmute': videoUnmute,
  'video.member.deaf': deaf,
  'video.member.undeaf': undeaf,
  'video.member.set_input_volume': setInputVolume,
  'video.member.set_output_volume': setOutputVolume,
  'video.member.set_input_sensitivity': setInputSensitivity,
  'video.member.set_position': setMemberPosition,
  'video.member.raisehand': raiseHand,
  'video.member.lowerhand': lowerHand,
  'video.member.set_meta': setMemberMeta,
  'video.member.update_meta': updateMemberMeta,
  'video.member.delete_meta': deleteMemberMeta,
  'video.member.remove': removeMember,
  'video.member.promote': promote,
  'video.member.demote': demote,

  'video.list_available_layouts': listAvailableLayouts,
  'video.set_layout': setLayout,
  'video.set_position': setPositions,
  'video.hide_video_muted': hideVideoMuted,
  'video.show_video_muted': showVideoMuted,
  'video.lock': lock,
  'video.unlock': unlock,
  'video.prioritize_handraise': prioritizeHandraise,
  'video.set_meta': setMeta,
  'video.update_meta': updateMeta,
  'video.delete_meta': deleteMeta,

  'video.recording.start': startRecording,
  'video.recording.list': listRecordings,
  'video.recording.pause': pauseRecording,
  'video.recording.resume': resumeRecording,
  'video.recording.stop': stopRecording,
  'video.playback.start': startPlayback,
  'video.playback.list': listPlaybacks,
  'video.playback.pause': pausePlayback,
  'video.playback.resume': resumePlayback,
  'video.playback.stop': stopPlayback,
  'video.playback.set_volume': setPlaybackVolume,
  'video.playback.seek_absolute': seekAbsolute,
  'video.playback.seek_relative': seekRelative,
  'video.stream.start': startStream,
  'video.stream.list': listStreams,
  'video.stream.stop': stopStream,
}

/** Whether a room knows this request. Any other is answered with JSON-RPC's `methodNotFound`. */
export function isRoomMethod(method: string): method is RoomMethod {
  return Object.hasOwn(methodPermissions, method)
}
