import type { Frame } from 'node-av/lib'

import type { RoomMediaOptions, Scene, SceneLayer, SourceId } from '../types.ts'
import { Canvas } from './Canvas.ts'
import { silenceCodecs, type VideoCodec } from './codecs.ts'
import type { SourceFrame } from './FrameIntake.ts'
import { RoomVideo } from './RoomVideo.ts'
import { SourceDecoder } from './SourceDecoder.ts'
import { VideoEncoder } from './VideoEncoder.ts'
import type { EncodedFrame } from './videoMessages.ts'

/** Helpers of the tests in this folder: coloured sources, and eyes for the composite. */

silenceCodecs()

export type Yuv = readonly [y: number, u: number, v: number]

/** Far apart from each other, from black and from the greys of mute images. */
export const colours = {
  red: [82, 90, 240],
  green: [145, 54, 34],
  blue: [41, 240, 110],
  yellow: [210, 16, 146],
  magenta: [107, 202, 222],
  cyan: [170, 166, 16],
} as const satisfies Record<string, Yuv>
export const black: Yuv = [16, 128, 128]
const colourTolerance = 22

export function isColour(sample: Yuv, colour: Yuv): boolean {
  return sample.every((value, index) => Math.abs(value - colour[index]!) <= colourTolerance)
}

/** A sender with a picture of one colour, on which a small brighter square wanders. */
export class TestSource {
  readonly codec: VideoCodec
  readonly #canvas: Canvas
  readonly #encoder: VideoEncoder
  #colour: Yuv
  #frameNumber = 0

  constructor(
    colour: Yuv,
    { codec = 'vp8' as VideoCodec, width = 640, height = 360, bitrateBps = 800_000 } = {},
  ) {
    this.codec = codec
    this.#colour = colour
    this.#canvas = new Canvas(width, height)
    this.#encoder = new VideoEncoder(codec, { width, height, fps: 25, videoBitrateBps: bitrateBps })
  }

  setColour(colour: Yuv): void {
    this.#colour = colour
  }

  /** Fills a rectangle of the picture (pixels, even) before it is encoded: the picture is `paint`'s then. */
  paint: ((canvas: Canvas) => void) | null = null

  next(forceKey = false): SourceFrame {
    if (this.paint) this.paint(this.#canvas)
    else this.#paintColour()
    const picture = this.#encoder.encode(this.#canvas.frame, this.#frameNumber++, forceKey)
    if (!picture) throw new Error('The encoder of the test source gave nothing.')
    return { codec: this.codec, data: picture.data, isKey: picture.isKey }
  }

  #paintColour(): void {
    const { width, height } = this.#canvas
    fillRect(this.#canvas, 0, 0, width, height, this.#colour)
    const [y, u, v] = this.#colour
    const x = ((this.#frameNumber * 4) % Math.floor(width / 4)) & ~1
    fillRect(this.#canvas, Math.floor(width / 4) + x, (height >> 2) & ~1, 8, 8, [y + 12, u, v])
  }

  free(): void {
    this.#encoder.free()
    this.#canvas.free()
  }
}

export function fillRect(
  canvas: Canvas,
  x: number,
  y: number,
  width: number,
  height: number,
  colour: Yuv,
): void {
  canvas.planesAt(0, 0).forEach((plane, index) => {
    const shift = index === 0 ? 0 : 1
    for (let row = y >> shift; row < (y + height) >> shift; row++) {
      const start = row * canvas.strides[index]! + (x >> shift)
      plane.fill(colour[index]!, start, start + (width >> shift))
    }
  })
}

/** Colours of a decoded picture or canvas. */
export class Picture {
  readonly width: number
  readonly height: number
  readonly #planes: Buffer[]
  readonly #strides: number[]

  /** Copies what the frame holds now. */
  constructor(frame: Frame) {
    this.width = frame.width
    this.height = frame.height
    this.#planes = frame.data!.slice(0, 3).map((plane) => Buffer.from(plane))
    this.#strides = frame.linesize
  }

  /** At a pixel. */
  pixel(x: number, y: number): Yuv {
    const px = Math.min(Math.max(Math.round(x), 0), this.width - 1)
    const py = Math.min(Math.max(Math.round(y), 0), this.height - 1)
    const at = (plane: number): number => this.#planes[plane]![(py >> 1) * this.#strides[plane]! + (px >> 1)]!
    return [this.#planes[0]![py * this.#strides[0]! + px]!, at(1), at(2)]
  }

  /** At a place in percent of the canvas. */
  at(xPercent: number, yPercent: number): Yuv {
    return this.pixel((xPercent / 100) * this.width, (yPercent / 100) * this.height)
  }

  is(colour: Yuv, xPercent: number, yPercent: number): boolean {
    return isColour(this.at(xPercent, yPercent), colour)
  }

  /**
   * Whether a colour fills a layer: at a grid of points inside, and 1 % of the canvas within each edge and
   * corner; the corner of the banner is left out.
   */
  fills(
    colour: Yuv,
    layer: Pick<SceneLayer, 'x' | 'y' | 'width' | 'height'>,
    bannerHeightPercent = 0,
  ): boolean {
    return this.firstForeign(colour, layer, bannerHeightPercent) === null
  }

  firstForeign(
    colour: Yuv,
    { x, y, width, height }: Pick<SceneLayer, 'x' | 'y' | 'width' | 'height'>,
    bannerHeightPercent = 0,
  ): string | null {
    const steps = 12
    for (let row = 0; row <= steps; row++) {
      for (let column = 0; column <= steps; column++) {
        const px = x + 1 + ((width - 2) * column) / steps
        const py = y + 1 + ((height - 2) * row) / steps
        if (py > y + height - bannerHeightPercent) continue
        if (!this.is(colour, px, py)) return `${px.toFixed(1)} ${py.toFixed(1)}: ${this.at(px, py).join(',')}`
      }
    }
    return null
  }
}

/** Decodes the composite as a browser does. */
export class CompositeViewer {
  readonly #decoder = new SourceDecoder()
  frames = 0

  show(frame: EncodedFrame): Picture {
    const outcome = this.#decoder.decode(frame.codec, Buffer.from(frame.data), frame.isKey)
    if (outcome !== 'picture') throw new Error(`Composite frame ${this.frames}: ${outcome}.`)
    this.frames++
    return new Picture(this.#decoder.picture!)
  }

  free(): void {
    this.#decoder.free()
  }
}

export const defaultOptions: RoomMediaOptions = {
  width: 1280,
  height: 720,
  fps: 25,
  videoBitrateBps: 1_500_000,
}

export function layer(
  sourceId: SourceId,
  [x, y, width, height]: readonly [number, number, number, number],
  rest: Partial<SceneLayer> = {},
): SceneLayer {
  return { sourceId, x, y, width, height, zIndex: 0, fit: 'cover', banner: null, videoMuted: false, ...rest }
}

/** Square grid of `side` x `side` cells, row by row. */
export function grid(side: number, sourceIds: readonly SourceId[], rest: Partial<SceneLayer> = {}): Scene {
  const size = 100 / side
  const layers = sourceIds.map((sourceId, index) =>
    layer(sourceId, [(index % side) * size, Math.floor(index / side) * size, size, size], rest),
  )
  return { layers }
}

const waitTimeoutMs = 15_000

/** A room whose sources are sent at 25 fps, and whose composite is decoded and looked at. */
export class TestRoom {
  readonly video: RoomVideo
  readonly keyframeRequests: SourceId[] = []
  readonly encoded: EncodedFrame[] = []
  readonly problems: string[] = []
  readonly #sources = new Map<SourceId, { source: TestSource; wantsKey: boolean; isPaused: boolean }>()
  readonly #viewers = new Map<VideoCodec, CompositeViewer>()
  readonly #watchers = new Set<(picture: Picture, frame: EncodedFrame) => void>()
  readonly #timer: NodeJS.Timeout

  static async create(options: Partial<RoomMediaOptions> = {}): Promise<TestRoom> {
    let room: TestRoom | null = null
    const video = await RoomVideo.create(
      { ...defaultOptions, ...options },
      {
        onEncoded: (frame) => room?.onEncoded(frame),
        onKeyframeNeeded: (sourceId) => room?.onKeyframeNeeded(sourceId),
        onDied: (error) => room?.problems.push(`died: ${error.message}`),
        log: (_level, message) => room?.problems.push(message),
      },
    )
    room = new TestRoom(video)
    return room
  }

  private constructor(video: RoomVideo) {
    this.video = video
    this.#timer = setInterval(() => this.#sendAll(), 40)
  }

  add(sourceId: SourceId, source: TestSource): TestSource {
    this.#sources.set(sourceId, { source, wantsKey: false, isPaused: false })
    return source
  }

  pause(sourceId: SourceId, isPaused = true): void {
    this.#sources.get(sourceId)!.isPaused = isPaused
  }

  onEncoded(frame: EncodedFrame): void {
    this.encoded.push(frame)
    let viewer = this.#viewers.get(frame.codec)
    if (!viewer) {
      viewer = new CompositeViewer()
      this.#viewers.set(frame.codec, viewer)
    }
    const picture = viewer.show(frame)
    for (const watcher of this.#watchers) watcher(picture, frame)
  }

  onKeyframeNeeded(sourceId: SourceId): void {
    this.keyframeRequests.push(sourceId)
    const entry = this.#sources.get(sourceId)
    if (entry) entry.wantsKey = true
  }

  #sendAll(): void {
    for (const [sourceId, entry] of this.#sources) {
      if (entry.isPaused) continue
      const frame = entry.source.next(entry.wantsKey)
      entry.wantsKey = false
      this.video.pushFrame(sourceId, frame)
    }
  }

  /** The next composite that satisfies the condition. */
  see(what: string, condition: (picture: Picture, frame: EncodedFrame) => boolean): Promise<Picture> {
    return new Promise((resolve, reject) => {
      let seen = 0
      const watcher = (picture: Picture, frame: EncodedFrame): void => {
        seen++
        if (condition(picture, frame)) finish(() => resolve(picture))
      }
      const timer = setTimeout(() => {
        finish(() => reject(new Error(`Not seen in ${seen} pictures: ${what}.`)))
      }, waitTimeoutMs)
      const finish = (settle: () => void): void => {
        clearTimeout(timer)
        this.#watchers.delete(watcher)
        settle()
      }
      this.#watchers.add(watcher)
    })
  }

  /** Calls back for every composite until the returned function is called. */
  watch(watcher: (picture: Picture, frame: EncodedFrame) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.video.close()
    for (const { source } of this.#sources.values()) source.free()
    for (const viewer of this.#viewers.values()) viewer.free()
  }
}
