import type { MediaEffect } from '../RoomMediaLifecycle.ts'

/** The media settings of a member that is on hold: neither heard nor seen, and hears nothing. */
export function holdMedia(effect: MediaEffect): MediaEffect {
  switch (effect.kind) {
    case 'media.source':
      return { ...effect, settings: { ...effect.settings, audioMuted: true, videoMuted: true } }
    case 'media.listener':
      return { ...effect, settings: { ...effect.settings, deaf: true } }
    default:
      return effect
  }
}
