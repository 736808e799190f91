import { describe, expect, test } from 'vitest'

import { rotatePlane, rotationOf, type Rotation } from './rotation.ts'

function matrix(degrees: number): Buffer {
  const bytes = Buffer.alloc(36)
  bytes.writeInt32LE(Math.round(65_536 * Math.cos((degrees * Math.PI) / 180)), 0)
  bytes.writeInt32LE(Math.round(65_536 * Math.sin((degrees * Math.PI) / 180)), 4)
  return bytes
}

describe('rotation', () => {
  test('is read from a display matrix, to the nearest quarter', () => {
    expect([0, 90, 180, 270, -90, 88, 359].map((degrees) => rotationOf(matrix(degrees)))).toEqual([
      0, 90, 180, 270, 270, 90, 0,
    ])
    expect([rotationOf(null), rotationOf(Buffer.alloc(8))]).toEqual([0, 0])
  })

  test.each<[Rotation, string]>([
    [0, 'abc def'],
    [90, 'da eb fc'],
    [180, 'fed cba'],
    [270, 'cf be ad'],
  ])('by %i degrees, the rows abc and def become %s', (rotation, expected) => {
    const rows = expected.split(' ')
    const to = { bytes: Buffer.alloc(20, '-'), stride: 5, width: rows[0]!.length, height: rows.length }
    rotatePlane({ bytes: Buffer.from('abc_def_'), stride: 4, width: 3, height: 2 }, to, rotation)
    const found = rows.map((_row, y) => to.bytes.toString('latin1', y * 5, y * 5 + to.width))
    expect(found.join(' ')).toBe(expected)
    expect(to.bytes[to.width]).toBe('-'.charCodeAt(0))
  })
})
