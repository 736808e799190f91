import type { VideoLayout } from '@roomful/protocol'
import { isCovered, layerStyle } from './geometry.ts'

/** An empty box over the tile of a member, for name tags, borders and menus of the application. */
export class MemberOverlay {
  /** DOM id of the element: `sw-overlay-<memberId>-` and a UUID. */
  readonly id: string
  /** Id of the member whose tile it lies over. */
  readonly userId: string
  /** The box. It takes no pointer events unless its style says so. */
  readonly domElement = document.createElement('div')
  #isHidden = false

  /** @internal */
  constructor(memberId: string) {
    this.userId = memberId
    this.id = `sw-overlay-${memberId}-${crypto.randomUUID()}`
    this.domElement.id = this.id
    Object.assign(this.domElement.style, { position: 'absolute', pointerEvents: 'none' })
  }

  /** Whether it is shown. */
  get status(): 'visible' | 'hidden' {
    return this.#isHidden ? 'hidden' : 'visible'
  }

  /** Hides it until {@link show}. */
  hide(): void {
    this.#isHidden = true
    this.domElement.style.opacity = '0'
  }

  /** Shows it again. */
  show(): void {
    this.#isHidden = false
    this.domElement.style.opacity = '1'
  }
}

/** Member id to the overlay of that member. */
export type OverlayMap = ReadonlyMap<string, MemberOverlay>

/** One box for each member that is visible in the layout. */
export class MemberOverlays {
  readonly #map = new Map<string, MemberOverlay>()
  #parent: { addLayer(element: HTMLElement): void } | undefined

  get map(): OverlayMap {
    return this.#map
  }

  /** Puts the boxes into a view from now on. */
  mount(parent: { addLayer(element: HTMLElement): void }): void {
    this.#parent = parent
  }

  setLayout(layout: VideoLayout | undefined): void {
    const visible = new Map(
      layout?.layers.flatMap((layer) =>
        layer.member_id !== null &&
        layer.member_id !== undefined &&
        layer.visible &&
        !isCovered(layer, layout)
          ? [[layer.member_id, layer] as const]
          : [],
      ),
    )
    for (const [memberId, overlay] of this.#map) {
      if (visible.has(memberId)) continue
      overlay.domElement.remove()
      this.#map.delete(memberId)
    }
    for (const [memberId, layer] of visible) {
      let overlay = this.#map.get(memberId)
      if (!overlay) {
        overlay = new MemberOverlay(memberId)
        this.#map.set(memberId, overlay)
        this.#parent?.addLayer(overlay.domElement)
      }
      Object.assign(overlay.domElement.style, { ...layerStyle(layer), zIndex: String(layer.z_index ?? 0) })
    }
  }
}
