import type { MemberId } from '@roomful/protocol'
import type { MediaEffect } from '../RoomMediaLifecycle.ts'

/** What the media is told instead while members are on hold: they are neither heard nor seen, and hear nothing. */
export function holdMedia(effect: MediaEffect, isHeld: (memberId: MemberId) => boolean): MediaEffect {
  switch (effect.kind) {
    case 'media.source': {
      if (!isHeld(effect.sourceId)) return effect
      return { ...effect, settings: { ...effect.settings, audioMuted: true, videoMuted: true } }
    }
    case 'media.listener':
      return isHeld(effect.memberId) ? { ...effect, settings: { ...effect.settings, deaf: true } } : effect
    case 'media.scene': {
      if (!effect.scene.layers.some(({ sourceId }) => isHeld(sourceId))) return effect
      const layers = effect.scene.layers.map((layer) =>
        isHeld(layer.sourceId) ? { ...layer, videoMuted: true } : layer,
      )
      return { ...effect, scene: { ...effect.scene, layers } }
    }
    default:
      return effect
  }
}
