import type { Scene, SceneLayer, SourceId } from '../types.ts'
import { contains, placeTile, type TilePlace } from './tileGeometry.ts'

export type ArrangedLayer = TilePlace & { layer: SceneLayer }

/** The tiles of a scene in the order they are drawn; layers too small or wholly covered are left out. */
export function arrangeScene(scene: Scene, canvasWidth: number, canvasHeight: number): ArrangedLayer[] {
  const ordered = scene.layers.toSorted((a, b) => a.zIndex - b.zIndex)
  const arranged: ArrangedLayer[] = []
  for (const layer of ordered) {
    const place = placeTile(layer, canvasWidth, canvasHeight)
    if (place) arranged.push({ layer, ...place })
  }
  return arranged.filter((tile, index) => {
    return !arranged.slice(index + 1).some((above) => contains(above.rect, tile.rect))
  })
}

/** The sources whose pictures somebody sees: all others need not be decoded. */
export function visibleSources(arranged: readonly ArrangedLayer[]): Set<SourceId> {
  return new Set(arranged.filter(({ layer }) => !layer.videoMuted).map(({ layer }) => layer.sourceId))
}
