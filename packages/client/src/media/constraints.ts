import type { MediaKind } from './kinds.ts'

/** What `audio: true` and `video: true` mean. */
export const defaultConstraints: Record<MediaKind, MediaTrackConstraints> = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  video: {
    width: { ideal: 1280 },
    height: { ideal: 720 },
    aspectRatio: { ideal: 16 / 9 },
    frameRate: { ideal: 30 },
  },
}

const sizeKeys = ['width', 'height', 'aspectRatio'] as const

/** The given constraints with defaults for what they leave open. A given size replaces the whole default size. */
export function completeConstraints(
  kind: MediaKind,
  given: boolean | MediaTrackConstraints,
): MediaTrackConstraints {
  if (typeof given === 'boolean') return { ...defaultConstraints[kind] }
  const defaults = { ...defaultConstraints[kind] }
  if (sizeKeys.some((key) => given[key] !== undefined)) for (const key of sizeKeys) delete defaults[key]
  return { ...defaults, ...given }
}

/** A bare device id is only a wish to `getUserMedia`; whoever switches to a device means that one. */
export function withExactDevice(constraints: MediaTrackConstraints): MediaTrackConstraints {
  const { deviceId } = constraints
  return typeof deviceId === 'string' && deviceId !== ''
    ? { ...constraints, deviceId: { exact: deviceId } }
    : constraints
}
