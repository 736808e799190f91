import type { VideoLayout, VideoLayoutLayer } from '@roomful/protocol'

export type Size = { width: number; height: number }

/** The largest size of the given aspect ratio within `box`. A box without height is limited by its width only. */
export function fitInside(box: Size, aspectRatio: number): Size {
  if (box.height <= 0 || box.width / box.height < aspectRatio) {
    return { width: box.width, height: box.width / aspectRatio }
  }
  return { width: box.height * aspectRatio, height: box.height }
}

/** The layer in which a member is visible, if any; it may be covered. */
export function visibleLayer(
  layout: VideoLayout | undefined,
  memberId: string,
): VideoLayoutLayer | undefined {
  if (memberId === '') return undefined
  return layout?.layers.find((layer) => layer.member_id === memberId && layer.visible)
}

/** The same, if nothing covers it: what lies over the picture at its place belongs to it. */
export function uncoveredLayer(
  layout: VideoLayout | undefined,
  memberId: string,
): VideoLayoutLayer | undefined {
  const layer = visibleLayer(layout, memberId)
  return layout && layer && !isCovered(layer, layout) ? layer : undefined
}

/** Whether nothing of a layer is seen because a played file, or a member in full screen, lies over all of it. */
export function isCovered(below: VideoLayoutLayer, { layers }: VideoLayout): boolean {
  return layers.some(
    (layer) =>
      (layer.playing_file || typeof layer.member_id === 'string') &&
      layer.z_index > below.z_index &&
      layer.x <= below.x &&
      layer.y <= below.y &&
      layer.x + layer.width >= below.x + below.width - roundingPercent &&
      layer.y + layer.height >= below.y + below.height - roundingPercent,
  )
}

/** Places are told rounded. */
const roundingPercent = 0.1

/** CSS of a box that lies exactly over a layer. */
export function layerStyle(layer: VideoLayoutLayer): Record<'left' | 'top' | 'width' | 'height', string> {
  return {
    left: `${layer.x}%`,
    top: `${layer.y}%`,
    width: `${layer.width}%`,
    height: `${layer.height}%`,
  }
}
