import { layoutNames } from '@roomful/protocol'
import type { LayoutName } from '@roomful/protocol'
import { describe, expect, test } from 'vitest'
import { chooseStep, stepsOf, toPercent } from './geometry.ts'
import type { LayoutStep } from './geometry.ts'

const rows = (step: LayoutStep | undefined) =>
  (step?.places ?? []).map(({ position, x, y, width, height }) => [position, x, y, width, height])

const single = (name: LayoutName) => rows(stepsOf(name)[0])

describe('LY1: geometry', () => {
  const squares: [LayoutName, number, number, number][] = [
    ['1x1', 1, 360, 100],
    ['2x2', 4, 180, 50],
    ['3x3', 9, 120, 33.3333],
    ['4x4', 16, 90, 25],
    ['5x5', 25, 72, 20],
    ['6x6', 36, 60, 16.6667],
    ['8x8', 64, 45, 12.5],
    ['10x10', 100, 36, 10],
    ['15x15', 225, 24, 6.6667],
  ]
  test.each(squares)('LY1: %s has %i cells of %i (%f %%), row by row', (name, count, cell, percent) => {
    const places = stepsOf(name)[0]?.places ?? []
    const perSide = Math.sqrt(count)
    expect(places).toHaveLength(count)
    places.forEach((place, k) => {
      const x = (k % perSide) * cell
      const y = Math.floor(k / perSide) * cell
      expect(place).toMatchObject({ position: `standard-${k + 1}`, x, y, width: cell, height: cell })
      expect(toPercent(place.width)).toBeCloseTo(percent, 4)
    })
  })

  test('LY1: 2x1, 1x1-2x1 and 5up', () => {
    expect(single('2x1')).toEqual([
      ['standard-1', 0, 90, 180, 180],
      ['standard-2', 180, 90, 180, 180],
    ])
    expect(single('1x1-2x1')).toEqual([
      ['standard-1', 90, 0, 180, 180],
      ['standard-2', 0, 180, 180, 180],
      ['standard-3', 180, 180, 180, 180],
    ])
    expect(single('5up')).toEqual([
      ['standard-1', 0, 0, 120, 120],
      ['standard-2', 240, 0, 120, 120],
      ['standard-3', 120, 120, 120, 120],
      ['standard-4', 0, 240, 120, 120],
      ['standard-5', 240, 240, 120, 120],
    ])
  })

  const highlights: [LayoutName, number, number, number, [number, number], [number, number]][] = [
    ['1up-top-left5', 240, 120, 5, [240, 0], [240, 240]],
    ['1up-top-left7', 270, 90, 7, [270, 0], [270, 270]],
    ['1up-top-left9', 288, 72, 9, [288, 0], [288, 288]],
    ['1up-top-left16', 216, 72, 16, [216, 0], [288, 288]],
    ['1up-top-left24', 180, 60, 27, [180, 0], [300, 300]],
    ['1up-top-left32', 180, 45, 48, [180, 0], [315, 315]],
  ]
  test.each(highlights)('LY1: %s: big %i, small %i, %i of them', (name, big, small, count, first, last) => {
    const [reserved, ...rest] = single(name)
    expect(reserved).toEqual(['reserved-1', 0, 0, big, big])
    expect(rest).toHaveLength(count)
    expect(rest[0]).toEqual(['standard-1', ...first, small, small])
    expect(rest.at(-1)).toEqual([`standard-${count}`, ...last, small, small])
  })

  test('LY1: the first step of highlight-1-responsive in full', () => {
    expect(single('1up-top-left5')).toEqual([
      ['reserved-1', 0, 0, 240, 240],
      ['standard-1', 240, 0, 120, 120],
      ['standard-2', 240, 120, 120, 120],
      ['standard-3', 0, 240, 120, 120],
      ['standard-4', 120, 240, 120, 120],
      ['standard-5', 240, 240, 120, 120],
    ])
  })

  test('LY1: screen-share, with small insets above large ones above the screen', () => {
    expect(single('screen-share')).toEqual([
      ['standard-1', 0, 0, 360, 360],
      ['reserved-1', 300, 0, 60, 60],
      ['reserved-2', 0, 0, 60, 60],
      ['reserved-3', 300, 300, 60, 60],
      ['reserved-4', 0, 300, 60, 60],
      ['reserved-5', 240, 0, 120, 120],
      ['reserved-6', 0, 0, 120, 120],
      ['reserved-7', 240, 240, 120, 120],
      ['reserved-8', 0, 240, 120, 120],
    ])
    const byHeight = [...(stepsOf('screen-share')[0]?.places ?? [])].sort((a, b) => a.zIndex - b.zIndex)
    expect(byHeight.map((place) => place.width)).toEqual([360, 120, 120, 120, 120, 60, 60, 60, 60])
  })

  test('LY1: presenter-dual-horizontal and full-screen', () => {
    expect(single('presenter-dual-horizontal')).toEqual([
      ['standard-1', 0, 90, 180, 180],
      ['reserved-1', 180, 90, 180, 180],
    ])
    expect(single('full-screen')).toEqual([['reserved-1', 0, 0, 360, 360]])
  })

  test.each([...layoutNames])(
    'LY1: the places of %s lie on the canvas, with names and heights of their own',
    (name) => {
      for (const { places } of stepsOf(name)) {
        expect(new Set(places.map((place) => place.position)).size).toBe(places.length)
        expect(places.map((place) => place.zIndex).sort((a, b) => a - b)).toEqual([...places.keys()])
        for (const { x, y, width, height } of places) {
          expect(Math.min(x, y)).toBeGreaterThanOrEqual(0)
          expect(Math.min(width, height)).toBeGreaterThan(0)
          expect(Math.max(x + width, y + height)).toBeLessThanOrEqual(360 + 1e-9)
        }
      }
    },
  )
})

describe('LY2: the step of a responsive layout', () => {
  const grid: [number, number, string][] = [
    [1, 1, '1x1'],
    [2, 2, '2x1'],
    [3, 3, '1x1-2x1'],
    [4, 4, '2x2'],
    [5, 5, '5up'],
    [6, 9, '3x3'],
    [10, 16, '4x4'],
    [17, 25, '5x5'],
    [26, 36, '6x6'],
    [37, 64, '8x8'],
    [65, 100, '10x10'],
    [101, 225, '15x15'],
    [226, 300, '15x15'],
  ]
  test.each(grid)('LY2: grid-responsive with %i to %i members is %s', (from, to, step) => {
    expect([chooseStep('grid-responsive', from).name, chooseStep('grid-responsive', to).name]).toEqual([
      step,
      step,
    ])
  })

  const highlight: [number, number, string][] = [
    [1, 6, '1up-top-left5'],
    [7, 8, '1up-top-left7'],
    [9, 10, '1up-top-left9'],
    [11, 17, '1up-top-left16'],
    [18, 28, '1up-top-left24'],
    [29, 49, '1up-top-left32'],
    [50, 300, '1up-top-left32'],
  ]
  test.each(highlight)('LY2: highlight-1-responsive with %i to %i members is %s', (from, to, step) => {
    const chosen = [from, to].map((count) => chooseStep('highlight-1-responsive', count).name)
    expect(chosen).toEqual([step, step])
  })
})

describe('LY7: grid-responsive-mobile', () => {
  const mobile: [number, number, number, number][] = [
    [1, 1, 100, 100],
    [2, 2, 100, 50],
    [3, 4, 50, 50],
    [5, 6, 50, 33.3333],
    [7, 8, 50, 25],
    [9, 9, 33.3333, 33.3333],
    [10, 12, 33.3333, 25],
    [13, 15, 33.3333, 20],
    [36, 36, 33.3333, 8.3333],
  ]
  test.each(mobile)('LY7: %i to %i members have tiles of %f by %f %%', (from, to, width, height) => {
    for (const count of [from, to]) {
      for (const place of chooseStep('grid-responsive-mobile', count).places) {
        expect(toPercent(place.width)).toBeCloseTo(width, 4)
        expect(toPercent(place.height)).toBeCloseTo(height, 4)
      }
    }
  })
})
