import type { AVPixelFormat } from 'node-av/constants'
import { AV_BUFFERSRC_FLAG_KEEP_REF } from 'node-av/constants'
import { avGetPixFmtName, Filter, type FilterContext, FilterGraph, type Frame } from 'node-av/lib'

import type { Rect } from './tileGeometry.ts'

/** Pictures of one size and format: which these are is fixed once and for all. */
export type PictureShape = { width: number; height: number; format: AVPixelFormat }

/**
 * A part of pictures as pictures of their own, without a copy: FFmpeg's crop filter gives out the same memory
 * with other pointers. So a scaler reads from, or writes into, a rectangle, and no plane of a picture ever
 * becomes a Buffer: each Buffer made of one counts as a new picture with V8, which then collects garbage that
 * is none for a tenth of a core.
 */
export class Cropper {
  readonly #graph = new FilterGraph()
  readonly #source: FilterContext
  readonly #sink: FilterContext

  /** `rect` lies inside the picture, on even pixels. */
  constructor({ width, height, format }: PictureShape, rect: Rect) {
    this.#graph.alloc()
    try {
      const shape = `video_size=${width}x${height}:pix_fmt=${avGetPixFmtName(format) ?? ''}:time_base=1/1`
      this.#source = this.#add('buffer', shape)
      const crop = this.#add('crop', `${rect.width}:${rect.height}:${rect.x}:${rect.y}:exact=1`)
      this.#sink = this.#add('buffersink')
      check(this.#source.link(0, crop, 0), 'linked')
      check(crop.link(0, this.#sink, 0), 'linked')
      check(this.#graph.configSync(), 'configured')
    } catch (error) {
      this.#graph.free()
      throw error
    }
  }

  /** Makes `part` the rectangle of `picture`; both share its memory, which lives as long as either. */
  crop(picture: Frame, part: Frame): void {
    part.unref()
    check(this.#source.buffersrcAddFrameSync(picture, AV_BUFFERSRC_FLAG_KEEP_REF), 'given a picture')
    check(this.#sink.buffersinkGetFrameSync(part), 'asked for a part')
  }

  free(): void {
    this.#graph.free()
  }

  #add(name: string, options?: string): FilterContext {
    const filter = Filter.getByName(name)
    const context = filter && this.#graph.createFilter(filter, name, options ?? null)
    if (!context) throw new Error(`This FFmpeg has no filter "${name}" that takes "${options ?? ''}".`)
    return context
  }
}

function check(result: number, what: string): void {
  if (result < 0) throw new Error(`The crop filter could not be ${what} (FFmpeg error ${result}).`)
}
