import type { RoomMediaOptions, SceneLayer } from '@roomful/media'
import { arrangeScene } from '@roomful/media/video/arrangeScene'
import { measureCodecFloor } from '@roomful/media/video/bench/codecFloor'
import type { MemberReport } from '../memberMessages.ts'
import type { VideoClip } from '../VideoClip.ts'
import { measureOpusFloor } from './opusFloor.ts'

export type CodecFloorOptions = {
  canvas: RoomMediaOptions
  clip: VideoClip
  clipWidth: number
  clipHeight: number
  /** The room's own rectangles. */
  tiles: MemberReport['tiles']
  /** How many of them are heard: each of these hears a mix of its own. */
  speakers: number
  durationMs: number
}

/** Cores. */
export type CodecFloor = { video: number; opusDecode: number; opusEncode: number }

const warmUpMs = 800

/**
 * What the room's codec work costs with nothing around it: the decodes of every member, a scaling into every
 * tile and one encode, paced like the room, with the product's codec settings. Three threads: their CPU time is
 * added up, so it makes no difference that they run side by side.
 */
export async function measureFloor(options: CodecFloorOptions): Promise<CodecFloor> {
  const { canvas, clip, tiles, speakers, durationMs } = options
  const members = tiles.length
  const layers = tiles.map((tile, index): SceneLayer => {
    return { ...tile, sourceId: String(index), zIndex: index, fit: 'cover', banner: null, videoMuted: false }
  })
  const ticksOf = (ms: number, perSecond: number): number => Math.round((ms / 1000) * perSecond)
  const opusTicks = { warmUpTicks: ticksOf(warmUpMs, 50), ticks: ticksOf(durationMs, 50) }
  const [video, opusDecode, opusEncode] = await Promise.all([
    measureCodecFloor({
      options: canvas,
      clip: [...clip.frames],
      sourceWidth: options.clipWidth,
      sourceHeight: options.clipHeight,
      tiles: arrangeScene({ layers }, canvas.width, canvas.height).map(({ rect }) => rect),
      warmUpTicks: ticksOf(warmUpMs, canvas.fps),
      ticks: ticksOf(durationMs, canvas.fps),
    }),
    measureOpusFloor({ work: 'decode', codecs: members, ...opusTicks }),
    measureOpusFloor({ work: 'encode', codecs: encodesOf(members, speakers), ...opusTicks }),
  ])
  return { video: (video.cpuMsPerTick * canvas.fps) / 1000, opusDecode, opusEncode }
}

/** Who is heard hears a mix without itself; all others share one. */
export function encodesOf(members: number, speakers: number): number {
  return speakers + (members > speakers ? 1 : 0)
}
