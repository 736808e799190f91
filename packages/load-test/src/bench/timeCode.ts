/** A rectangle of a picture in pixels. */
export type Area = { x: number; y: number; width: number; height: number }

/** The part of a canvas context that drawing needs. */
export type FillContext = {
  fillStyle: unknown
  fillRect(x: number, y: number, width: number, height: number): void
}

/** Pixels as `getImageData` gives them: RGBA, row by row. */
export type Pixels = { width: number; height: number; data: ArrayLike<number> }

export type TimeCode = {
  /** How far the numbers go before they begin anew. */
  modulus: number
  draw(context: FillContext, area: Area, value: number): void
  /** The value in a picture of the whole area, or undefined if it cannot be read with certainty. */
  read(pixels: Pixels): number | undefined
}

/**
 * A number as black and white blocks in a picture, large enough to survive scaling and VP8: 24 bits and a
 * checksum of 8, in rows of 8, on grey. Milliseconds go 4.6 hours before they begin anew.
 *
 * The source of this function also runs in a page: it uses nothing from outside.
 */
export function createTimeCode(): TimeCode {
  const columns = 8
  const rows = 4
  const valueBits = 24
  const modulus = 2 ** valueBits
  /** Blocks are drawn in the upper part: the name banner lies at the bottom of a tile. */
  const margin = { left: 0.1, top: 0.08, width: 0.8, height: 0.66 }
  const white = 175
  const black = 75

  /** Of both kinds of bits some are set and some are not, so a blank picture never passes. */
  function checksum(value: number): number {
    let sum = 0xa5
    for (let shift = 0; shift < valueBits; shift += 8) sum = ((sum ^ (value >>> shift)) * 167 + 13) & 0xff
    return sum
  }

  function bitsOf(value: number): boolean[] {
    const word = value * 256 + checksum(value)
    return Array.from({ length: columns * rows }, (_, index) => Math.floor(word / 2 ** index) % 2 === 1)
  }

  return {
    modulus,
    draw(context, area, value) {
      context.fillStyle = '#808080'
      context.fillRect(area.x, area.y, area.width, area.height)
      const width = (area.width * margin.width) / columns
      const height = (area.height * margin.height) / rows
      bitsOf(Math.floor(value) % modulus).forEach((isSet, index) => {
        const x = area.x + area.width * margin.left + (index % columns) * width
        const y = area.y + area.height * margin.top + Math.floor(index / columns) * height
        context.fillStyle = isSet ? '#fff' : '#000'
        context.fillRect(Math.round(x), Math.round(y), Math.round(width), Math.round(height))
      })
    },
    read({ width, height, data }) {
      let word = 0
      for (let index = 0; index < columns * rows; index++) {
        const x = width * (margin.left + (((index % columns) + 0.5) * margin.width) / columns)
        const y = height * (margin.top + ((Math.floor(index / columns) + 0.5) * margin.height) / rows)
        // The mean of a few pixels at the middle of the block; green is nearest to brightness.
        let sum = 0
        for (let dy = -1; dy <= 1; dy++) {
          for (let dx = -1; dx <= 1; dx++) {
            sum += data[((Math.floor(y) + dy) * width + Math.floor(x) + dx) * 4 + 1] ?? 128
          }
        }
        const level = sum / 9
        if (level > black && level < white) return undefined
        if (level >= white) word += 2 ** index
      }
      const value = Math.floor(word / 256)
      return checksum(value) === word % 256 ? value : undefined
    },
  }
}
