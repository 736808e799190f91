import { deviceEventName, type LocalMedia } from '../media/LocalMedia.ts'
import type { MediaSession } from '../rtc/MediaSession.ts'

type Emit = (name: string, ...args: unknown[]) => void

/** Fires `media.*` for what a call tells of its media. */
export function forwardMediaEvents(media: MediaSession, emit: Emit): void {
  media.on('connected', () => emit('media.connected'))
  media.on('reconnecting', () => emit('media.reconnecting'))
  media.on('disconnected', (reason) => emit('media.disconnected', { reason }))
}

/** Fires `camera.*`, `microphone.*` and `device.failed` for what happens to the devices. */
export function forwardDeviceEvents(localMedia: LocalMedia, emit: Emit): void {
  localMedia.on('updated', (kind, change) => emit(`${deviceEventName[kind]}.updated`, change))
  localMedia.on('disconnected', (kind, device) => emit(`${deviceEventName[kind]}.disconnected`, device))
  localMedia.on('failed', (kind, error) => emit('device.failed', { kind: deviceEventName[kind], error }))
}

/** Fires `media.blocked`, `media.unblocked` and, for sound, the names that applications listen to most. */
export function emitBlocked(emit: Emit, what: 'blocked' | 'unblocked', kind: 'audio' | 'video'): void {
  emit(`media.${what}`, { kind })
  if (kind === 'audio') emit(`audio.${what}`)
}
