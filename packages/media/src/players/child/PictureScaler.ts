import { AV_PIX_FMT_YUV420P, type AVPixelFormat, SWS_FAST_BILINEAR } from 'node-av/constants'
import { Frame, SoftwareScaleContext } from 'node-av/lib'

import { fitSource } from '../../video/tileGeometry.ts'
import type { PictureHead } from '../mediaPipe.ts'
import type { PlayerTile } from '../playerMessages.ts'
import { rotatePlane, type Rotation } from './rotation.ts'

type Size = { width: number; height: number }
type Scaled = { planes: Buffer[]; head: Omit<PictureHead, 'generation' | 'ptsMs'> }
type Target = Scaled & { frame: Frame }

/** As large as a canvas may be, either way up. */
const maxSide = 1920
const minSide = 16

/** Brings pictures to the size they are shown in: what is not seen need not travel. */
export class PictureScaler {
  #scaler: { context: SoftwareScaleContext; key: string } | null = null
  #target: Target | null = null
  /** Of pictures that are turned, what has been turned. */
  #turned: Scaled | null = null
  readonly #rotation: Rotation

  constructor(rotation: Rotation = 0) {
    this.#rotation = rotation
  }

  /** The planes are overwritten by the next call. null for a picture that has no size. */
  scale(picture: Frame, tile: Exclude<PlayerTile, null>): Scaled | null {
    const { width, height } = picture
    if (width < 2 || height < 2) return null
    const isTurned = this.#rotation === 90 || this.#rotation === 270
    const shown = displaySize(picture)
    const turned = shownSize(isTurned ? swapped(shown) : shown, tile)
    const size = isTurned ? swapped(turned) : turned
    const target = this.#targetOf(size)
    const key = `${picture.format} ${width}x${height} ${size.width}x${size.height}`
    if (this.#scaler?.key !== key) {
      this.#scaler?.context.freeContext()
      const context = new SoftwareScaleContext()
      const format = picture.format as AVPixelFormat
      context.getContext(
        width,
        height,
        format,
        size.width,
        size.height,
        AV_PIX_FMT_YUV420P,
        SWS_FAST_BILINEAR,
      )
      this.#scaler = { context, key }
    }
    if (this.#scaler.context.scaleFrameSync(target.frame, picture) < 0) return null
    return this.#rotation === 0 ? target : this.#rotate(target, turned)
  }

  close(): void {
    this.#scaler?.context.freeContext()
    this.#scaler = null
    this.#target?.frame.free()
    this.#target = null
  }

  #rotate({ planes, head }: Scaled, { width, height }: Size): Scaled {
    if (this.#turned?.head.width !== width || this.#turned.head.height !== height) {
      const sizes = [width * height, (width * height) / 4, (width * height) / 4]
      this.#turned = {
        planes: sizes.map((size) => Buffer.alloc(size)),
        head: { width, height, strides: [width, width / 2] },
      }
    }
    for (const [index, bytes] of planes.entries()) {
      const share = index === 0 ? 1 : 2
      const [from, to] = [head, this.#turned.head].map((each) => ({
        width: each.width / share,
        height: each.height / share,
        stride: each.strides[index === 0 ? 0 : 1],
      }))
      rotatePlane({ ...from!, bytes }, { ...to!, bytes: this.#turned.planes[index]! }, this.#rotation)
    }
    return this.#turned
  }

  #targetOf({ width, height }: Size): Target {
    if (this.#target?.head.width === width && this.#target.head.height === height) return this.#target
    this.#target?.frame.free()
    const frame = new Frame()
    frame.alloc()
    frame.format = AV_PIX_FMT_YUV420P
    frame.width = width
    frame.height = height
    const result = frame.getBuffer(0)
    const planes = frame.data?.slice(0, 3)
    if (result < 0 || planes === undefined) throw new Error(`No memory for a picture of ${width}x${height}.`)
    const [luma = 0, chroma = 0] = frame.linesize
    this.#target = { frame, planes, head: { width, height, strides: [luma, chroma] } }
    return this.#target
  }
}

function swapped({ width, height }: Size): Size {
  return { width: height, height: width }
}

/** With square pixels. */
function displaySize({ width, height, sampleAspectRatio }: Frame): Size {
  const { num, den } = sampleAspectRatio
  const ratio = num > 0 && den > 0 ? num / den : 1
  // A ratio that no camera has is a mistake of the file.
  return { width: ratio > 0.2 && ratio < 5 ? Math.round(width * ratio) : width, height }
}

/** Never larger than the source is, and in steps of 16 pixels in width, as tiles are. */
export function shownSize(source: Size, tile: Exclude<PlayerTile, null>): Size {
  const rect = { x: 0, y: 0, width: tile.width, height: tile.height }
  let wanted: Size
  if (tile.fit === 'contain') {
    wanted = fitSource('contain', source.width, source.height, rect).target
  } else {
    const scale = Math.max(tile.width / source.width, tile.height / source.height)
    wanted = { width: source.width * scale, height: source.height * scale }
  }
  const shrink = Math.min(1, source.width / wanted.width, maxSide / wanted.width, maxSide / wanted.height)
  const width = Math.max(minSide, Math.floor((wanted.width * shrink + 0.5) / 16) * 16)
  const height = Math.max(minSide, Math.round((wanted.height * shrink) / 2) * 2)
  return { width, height }
}
