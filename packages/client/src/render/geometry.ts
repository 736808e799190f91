import type { VideoLayout, VideoLayoutLayer } from '@roomful/protocol'

export type Size = { width: number; height: number }

/** The largest size of the given aspect ratio within `box`. A box without height is limited by its width only. */
export function fitInside(box: Size, aspectRatio: number): Size {
  if (box.height <= 0 || box.width / box.height < aspectRatio) {
    return { width: box.width, height: box.width / aspectRatio }
  }
  return { width: box.height * aspectRatio, height: box.height }
}

/** The layer in which a member is visible, if any. */
export function visibleLayer(
  layout: VideoLayout | undefined,
  memberId: string,
): VideoLayoutLayer | undefined {
  if (memberId === '') return undefined
  return layout?.layers.find((layer) => layer.member_id === memberId && layer.visible)
}

/** CSS of a box that lies exactly over a layer. */
export function layerStyle(layer: VideoLayoutLayer): Record<'left' | 'top' | 'width' | 'height', string> {
  return {
    left: `${layer.x}%`,
    top: `${layer.y}%`,
    width: `${layer.width}%`,
    height: `${layer.height}%`,
  }
}
