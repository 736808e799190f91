export const layoutNames = [
  'grid-responsive',
  'grid-responsive-mobile',
  'highlight-1-responsive',
  '1x1',
  '2x1',
  '1x1-2x1',
  '2x2',
  '5up',
  '3x3',
  '4x4',
  '5x5',
  '6x6',
  '8x8',
  '10x10',
  '15x15',
  '1up-top-left5',
  '1up-top-left7',
  '1up-top-left9',
  '1up-top-left16',
  '1up-top-left24',
  '1up-top-left32',
  'screen-share',
  'presenter-dual-horizontal',
  'full-screen',
] as const
export type LayoutName = (typeof layoutNames)[number]

/** The names that `getLayouts()` gives, as the original lists them. */
export const listedLayoutNames: readonly LayoutName[] = [
  '8x8',
  '2x1',
  '1x1',
  '5up',
  '5x5',
  '4x4',
  '10x10',
  '2x2',
  '6x6',
  '3x3',
  'grid-responsive',
  'highlight-1-responsive',
]

/** Names a layer of a layout. `auto`: the server chooses; `off-canvas`: not shown. */
export type VideoPosition =
  'auto' | `reserved-${number}` | `standard-${number}` | 'off-canvas' | 'playback' | 'full-screen'

/** Member id (or `self`) to position. */
export type VideoPositions = Record<string, VideoPosition>

/** A rectangle of the canvas. `x`, `y`, `width`, `height` in percent of the canvas, origin top left. */
export type VideoLayoutLayer = {
  layer_index: number
  /** Higher is on top. */
  z_index: number
  x: number
  y: number
  width: number
  height: number
  member_id: string | null
  reservation: string | null
  position: VideoPosition
  playing_file: boolean
  visible: boolean
}

export type VideoLayout = {
  id: string
  name: string
  room_id: string
  room_session_id: string
  layers: VideoLayoutLayer[]
}
