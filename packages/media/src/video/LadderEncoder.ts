import type { Frame } from 'node-av/lib'
import type { RoomMediaOptions } from '../types.ts'
import { KeyframeGate } from './KeyframeGate.ts'
import { ladderOf, type EncodeKey, type Rung } from './ladder.ts'
import { SmallCanvas } from './SmallCanvas.ts'
import { VideoEncoder, type EncodedPicture } from './VideoEncoder.ts'
import type { EncodeStats, VideoDemand } from './videoMessages.ts'

/** One codec in one size. */
type Encode = EncodeKey & {
  encoder: VideoEncoder | null
  gate: KeyframeGate
  isWanted: boolean
  frames: number
  keyframes: number
  bytes: number
}

/**
 * All encodes of a room's canvas: each wanted one once per frame, in whatever sizes somebody needs. A smaller
 * canvas is made once per frame and size; sizes nobody needs cost nothing.
 */
export class LadderEncoder {
  readonly rungs: readonly Rung[]
  readonly #options: RoomMediaOptions
  readonly #encodes: Encode[]
  readonly #canvases = new Map<number, SmallCanvas>()

  constructor(options: RoomMediaOptions) {
    this.#options = options
    this.rungs = ladderOf(options)
    // From the smallest up: a receiver that goes down has the smaller picture before the larger one is sent.
    this.#encodes = this.rungs
      .flatMap((_, rung) => (['vp8', 'h264'] as const).map((codec) => ({ codec, rung })))
      .reverse()
      .map((key) => ({
        ...key,
        encoder: null,
        gate: new KeyframeGate(),
        isWanted: false,
        frames: 0,
        keyframes: 0,
        bytes: 0,
      }))
  }

  /** Whether anything is to be encoded. */
  get isWanted(): boolean {
    return this.#encodes.some((encode) => encode.isWanted)
  }

  setDemand(demand: VideoDemand): void {
    for (const encode of this.#encodes) {
      const isWanted = demand.some((key) => key.codec === encode.codec && key.rung === encode.rung)
      // Whoever comes now has missed the frames before; an encoder that is kept must begin anew for him.
      if (isWanted && !encode.isWanted) encode.gate.request()
      encode.isWanted = isWanted
      // The one nearly everybody takes is kept: a room whose only member reconnects has it again at once.
      if (!isWanted && !(encode.codec === 'vp8' && encode.rung === 0)) freeEncoder(encode)
    }
    for (const [rung, canvas] of this.#canvases) {
      if (this.#encodes.some((encode) => encode.rung === rung && encode.isWanted)) continue
      canvas.free()
      this.#canvases.delete(rung)
    }
  }

  requestKeyframe({ codec, rung }: EncodeKey): void {
    this.#encodes.find((encode) => encode.codec === codec && encode.rung === rung)?.gate.request()
  }

  /** Calls `onEncoded` with each wanted encode of the canvas, smaller sizes first. */
  encode(
    canvas: Frame,
    frameNumber: number,
    nowMs: number,
    onEncoded: (key: EncodeKey, picture: EncodedPicture) => void,
  ): void {
    let drawnRung = 0
    for (const encode of this.#encodes) {
      if (!encode.isWanted) continue
      const { codec, rung, gate } = encode
      const source = this.#canvasOf(rung, canvas)
      if (rung !== drawnRung) source.draw?.(canvas)
      drawnRung = rung
      const { width, height, bitrateBps } = this.rungs[rung]!
      encode.encoder ??= new VideoEncoder(codec, {
        ...this.#options,
        width,
        height,
        videoBitrateBps: bitrateBps,
      })
      const picture = encode.encoder.encode(source.frame, frameNumber, gate.take(nowMs))
      if (!picture) continue
      encode.frames++
      encode.bytes += picture.data.byteLength
      if (picture.isKey) {
        encode.keyframes++
        gate.made(nowMs)
      }
      onEncoded({ codec, rung }, picture)
    }
  }

  /** Of every encode that ever was. */
  stats(): EncodeStats[] {
    return this.#encodes
      .filter(({ frames, isWanted }) => frames > 0 || isWanted)
      .map(({ codec, rung, isWanted, frames, keyframes, bytes }) => {
        const { width, height } = this.rungs[rung]!
        return {
          codec,
          rung,
          width,
          height,
          isWanted,
          framesEncoded: frames,
          keyframesEncoded: keyframes,
          bytesEncoded: bytes,
        }
      })
      .reverse()
  }

  free(): void {
    for (const encode of this.#encodes) freeEncoder(encode)
    for (const canvas of this.#canvases.values()) canvas.free()
    this.#canvases.clear()
  }

  #canvasOf(rung: number, canvas: Frame): { frame: Frame; draw?: (canvas: Frame) => void } {
    if (rung === 0) return { frame: canvas }
    let small = this.#canvases.get(rung)
    if (!small) {
      small = new SmallCanvas(this.#options, this.rungs[rung]!)
      this.#canvases.set(rung, small)
    }
    return small
  }
}

function freeEncoder(encode: Encode): void {
  encode.encoder?.free()
  encode.encoder = null
}
