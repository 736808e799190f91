/** How far a picture is to be turned clockwise before it is shown. */
export type Rotation = 0 | 90 | 180 | 270

/** Of a display matrix as MP4 has it: nine little-endian integers, 16.16 fixed point. Telephones write one. */
export function rotationOf(matrix: Buffer | null): Rotation {
  if (matrix === null || matrix.length < 36) return 0
  const degrees = (Math.atan2(matrix.readInt32LE(4), matrix.readInt32LE(0)) * 180) / Math.PI
  return ((((Math.round(degrees / 90) % 4) + 4) % 4) * 90) as Rotation
}

export type Plane = { bytes: Buffer; stride: number; width: number; height: number }

/** Turns one plane into another, whose sides are swapped for 90 and 270 degrees. */
export function rotatePlane(from: Plane, to: Plane, rotation: Rotation): void {
  const { bytes, stride, width, height } = from
  const steps = {
    0: { first: 0, right: 1, down: stride },
    90: { first: (height - 1) * stride, right: -stride, down: 1 },
    180: { first: (height - 1) * stride + width - 1, right: -1, down: -stride },
    270: { first: width - 1, right: stride, down: -1 },
  }[rotation]
  for (let y = 0; y < to.height; y++) {
    let read = steps.first + y * steps.down
    const end = y * to.stride + to.width
    for (let write = y * to.stride; write < end; write++, read += steps.right) to.bytes[write] = bytes[read]!
  }
}
