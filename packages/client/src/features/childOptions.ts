import { RoomSessionError } from '../errors.ts'
import { withExactDevice } from '../media/constraints.ts'
import type { AddCameraOptions, AddDeviceOptions, StartScreenShareOptions } from './ChildControls.ts'
import { checkMediaOption, checkOptionalBoolean, checkPositions, checkRecord, checkText } from './validate.ts'

const invalid = (message: string) => new RoomSessionError('invalid_argument', message)

/** Whoever names a device for an additional source means that one. */
const exact = (value: boolean | MediaTrackConstraints) =>
  typeof value === 'object' ? withExactDevice(value) : value

export function checkDeviceOptions(
  where: string,
  options: AddDeviceOptions,
): Required<Pick<AddDeviceOptions, 'autoJoin' | 'audio' | 'video'>> {
  checkRecord(where, options)
  const audio = exact(checkMediaOption(where, 'audio', options.audio) ?? false)
  const video = exact(checkMediaOption(where, 'video', options.video) ?? false)
  if (audio === false && video === false) {
    throw invalid(`${where}: at least one of "audio" and "video" must be true or MediaTrackConstraints.`)
  }
  return { autoJoin: checkOptionalBoolean(where, 'autoJoin', options.autoJoin) ?? true, audio, video }
}

export function checkSourceOptions(
  where: string,
  options: AddCameraOptions,
): { autoJoin: boolean; constraints: MediaTrackConstraints } {
  checkRecord(where, options)
  const { autoJoin, ...constraints } = options
  return {
    autoJoin: checkOptionalBoolean(where, 'autoJoin', autoJoin) ?? true,
    constraints: withExactDevice(constraints),
  }
}

export function checkScreenOptions(
  where: string,
  options: StartScreenShareOptions,
): {
  autoJoin: boolean
  audio: boolean | MediaTrackConstraints
  video: boolean | MediaTrackConstraints
  inviteParams: Record<string, unknown>
} {
  checkRecord(where, options)
  const audio = checkMediaOption(where, 'audio', options.audio) ?? false
  const video = checkMediaOption(where, 'video', options.video) ?? true
  if (video === false)
    throw invalid(`${where}: "video" must be true or MediaTrackConstraints: a screen is a picture.`)
  const inviteParams: Record<string, unknown> = {}
  if (options.layout !== undefined) inviteParams.layout = checkText(where, 'layout', options.layout)
  if (options.positions !== undefined) inviteParams.positions = checkPositions(where, options.positions)
  return {
    autoJoin: checkOptionalBoolean(where, 'autoJoin', options.autoJoin) ?? true,
    audio,
    video,
    inviteParams,
  }
}
