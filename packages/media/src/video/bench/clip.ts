import { Canvas } from '../Canvas.ts'
import type { SourceFrame } from '../FrameIntake.ts'
import { VideoEncoder } from '../VideoEncoder.ts'

/**
 * A VP8 clip that costs what a webcam's does: a textured room, a head that moves before it, sensor noise.
 * It begins with a keyframe and can be repeated.
 */
export function makeClip(
  width: number,
  height: number,
  fps: number,
  frameCount: number,
  bitrateBps: number,
): SourceFrame[] {
  const canvas = new Canvas(width, height)
  const encoder = new VideoEncoder('vp8', { width, height, fps, videoBitrateBps: bitrateBps })
  const frames: SourceFrame[] = []
  let seed = 1
  const noise = (): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return (seed >>> 16) % 5
  }
  for (let number = 0; number < frameCount; number++) {
    paint(canvas, number / fps, noise)
    const picture = encoder.encode(canvas.frame, number, number === 0)
    if (picture) frames.push({ codec: 'vp8', ...picture })
  }
  encoder.free()
  canvas.free()
  return frames
}

function paint(canvas: Canvas, seconds: number, noise: () => number): void {
  const { width, height } = canvas
  const headX = width * (0.5 + 0.08 * Math.sin(seconds * 2))
  const headY = height * (0.5 + 0.03 * Math.sin(seconds * 3.1))
  const radius = height * 0.28
  canvas.planesAt(0, 0).forEach((plane, index) => {
    const scale = index === 0 ? 1 : 2
    const stride = canvas.strides[index]!
    for (let y = 0; y < height / scale; y++) {
      for (let x = 0; x < width / scale; x++) {
        const px = x * scale
        const py = y * scale
        const isHead = (px - headX) ** 2 + (py - headY) ** 2 < radius ** 2
        const texture = isHead
          ? 150 + (((px + py - headX - headY) / 6) % 20)
          : 70 + (((px >> 4) ^ (py >> 4)) & 7) * 9
        const value = index === 0 ? texture + noise() : isHead ? 118 + index * 12 : 124 + ((px >> 6) & 3) * 3
        plane[y * stride + x] = value
      }
    }
  })
}
