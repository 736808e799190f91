import { setTimeout as delay } from 'node:timers/promises'

import type { RoomMediaOptions, Scene } from '../../types.ts'
import { arrangeScene } from '../arrangeScene.ts'
import type { SourceFrame } from '../FrameIntake.ts'
import { silenceCodecs } from '../codecs.ts'
import { ladderOf } from '../ladder.ts'
import { RoomVideo } from '../RoomVideo.ts'
import { makeClip } from './clip.ts'
import { measureCodecFloor } from './codecFloor.ts'

/**
 * `node packages/media/src/video/bench/benchVideo.ts [seconds] [rounds]`: CPU per tick of a room's video worker, next
 * to the codecs alone in the same run; then what each smaller size of the picture adds.
 */
const options: RoomMediaOptions = { width: 1280, height: 720, fps: 25, videoBitrateBps: 1_500_000 }
const source = { width: 640, height: 360, bitrateBps: 600_000 }
const warmUpTicks = 25
const ticks = Math.round(Number(process.argv[2] ?? 4) * options.fps)
const rounds = Number(process.argv[3] ?? 3)

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function sceneOf(members: number): Scene {
  const columns = Math.ceil(Math.sqrt(members))
  const size = 100 / columns
  return {
    layers: Array.from({ length: members }, (_, index) => ({
      sourceId: `member-${index}`,
      x: (index % columns) * size,
      y: Math.floor(index / columns) * size,
      width: size,
      height: size,
      zIndex: index,
      fit: 'cover' as const,
      banner: `Member ${index}`,
      videoMuted: false,
    })),
  }
}

async function measureRoom(
  scene: Scene,
  clip: SourceFrame[],
  rungs = [0],
): Promise<{ cpuMsPerTick: number; detail: string }> {
  const video = await RoomVideo.create(options, {
    onEncoded: () => {},
    onKeyframeNeeded: () => {},
    onDied: (error) => {
      throw error
    },
  })
  video.setScene(scene)
  video.setDemand(rungs.map((rung) => ({ codec: 'vp8', rung })))
  const startMs = performance.now()
  let before = await video.stats()
  for (let number = 0; number < warmUpTicks + ticks; number++) {
    if (number === warmUpTicks) {
      before = await video.stats()
    }
    for (const layer of scene.layers) video.pushFrame(layer.sourceId, clip[number % clip.length]!)
    await delay(Math.max(0, startMs + ((number + 1) * 1000) / options.fps - performance.now()))
  }
  const after = await video.stats()
  const count = after.framesComposed - before.framesComposed
  // Per picture: the decodes of ticks left out under load count against the room.
  await video.close()
  const detail =
    `decode ${after.decodeMsMean.toFixed(3)}/frame, compose ${after.composeMsMean.toFixed(3)}, ` +
    `encode ${after.encodeMsMean.toFixed(2)} ms; ${count}/${ticks} pictures, skipped ${after.ticksSkipped}`
  return { cpuMsPerTick: (after.cpuMs - before.cpuMs) / count, detail }
}

silenceCodecs()
const clip = makeClip(source.width, source.height, options.fps, 100, source.bitrateBps)
print(`canvas ${options.width}x${options.height}@${options.fps}, sources ${source.width}x${source.height}`)
for (const members of [2, 4, 9, 16]) {
  const scene = sceneOf(members)
  const tiles = arrangeScene(scene, options.width, options.height).map((tile) => tile.rect)
  // Other work on the machine only ever adds to CPU time: of some alternating rounds the least counts.
  let room = { cpuMsPerTick: Infinity, detail: '' }
  let floorMs = Infinity
  for (let round = 0; round < rounds; round++) {
    const measured = await measureRoom(scene, clip)
    if (measured.cpuMsPerTick < room.cpuMsPerTick) room = measured
    const floor = await measureCodecFloor({
      options,
      clip: clip.map((frame) => frame.data),
      sourceWidth: source.width,
      sourceHeight: source.height,
      tiles,
      warmUpTicks,
      ticks,
    })
    floorMs = Math.min(floorMs, floor.cpuMsPerTick)
  }
  print(
    `${members} members: ${room.cpuMsPerTick.toFixed(2)} ms CPU per tick, codecs alone ` +
      `${floorMs.toFixed(2)}, ratio ${(room.cpuMsPerTick / floorMs).toFixed(3)} (${room.detail})`,
  )
}
const ladder = ladderOf(options)
let withoutMs = 0
for (const [last] of ladder.entries()) {
  const rungs = ladder.slice(0, last + 1).map((_, rung) => rung)
  let cpuMs = Infinity
  for (let round = 0; round < rounds; round++) {
    cpuMs = Math.min(cpuMs, (await measureRoom(sceneOf(4), clip, rungs)).cpuMsPerTick)
  }
  const sizes = rungs.map((rung) => `${ladder[rung]?.height}p`).join(' + ')
  const more = last === 0 ? '' : ` (${(cpuMs - withoutMs).toFixed(2)} more)`
  print(`4 members, ${sizes}: ${cpuMs.toFixed(2)} ms CPU per tick${more}`)
  withoutMs = cpuMs
}
