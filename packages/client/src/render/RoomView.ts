import type { VideoLayout } from '@roomful/protocol'
import { uncoveredLayer } from './geometry.ts'
import type { LocalOverlay } from './LocalOverlay.ts'
import { MemberOverlays, type OverlayMap } from './MemberOverlays.ts'
import { RootElementView, type RootElementViewHandlers } from './RootElementView.ts'

export type RoomViewOptions = {
  rootElement: HTMLElement
  /** The own camera over the own tile; undefined: none. */
  localOverlay: LocalOverlay | undefined
  /** Whether each visible member gets an empty box over its tile. */
  applyMemberOverlay: boolean
}

/** What a view shows; it outlives the view. */
export type Scene = {
  stream: MediaStream | undefined
  layout: VideoLayout | undefined
  memberId: string
  /** The own camera; null while it is muted. */
  camera: MediaStreamTrack | null
}

/** The picture of the room in one element of the page, with what lies over it. */
export class RoomView {
  readonly #options: RoomViewOptions
  readonly #memberOverlays = new MemberOverlays()
  #element: RootElementView | undefined

  constructor(options: RoomViewOptions) {
    this.#options = options
  }

  get overlayMap(): OverlayMap {
    return this.#memberOverlays.map
  }

  mount(handlers: RootElementViewHandlers, scene: Scene): void {
    if (this.#element) return
    const { rootElement, localOverlay } = this.#options
    this.#element = new RootElementView(rootElement, handlers)
    this.#memberOverlays.mount(this.#element)
    if (localOverlay) this.#element.addLayer(localOverlay.domElement)
    if (scene.stream) void this.show(scene.stream)
    this.setLayout(scene)
    this.setCamera(scene.camera)
  }

  /** Resolves when the first frame of the stream is on the screen. */
  async show(stream: MediaStream): Promise<void> {
    await this.#element?.show(stream)
  }

  setLayout({ layout, memberId }: Scene): void {
    if (!this.#element) return
    this.#options.localOverlay?.setLayer(uncoveredLayer(layout, memberId))
    if (this.#options.applyMemberOverlay) this.#memberOverlays.setLayout(layout)
  }

  setCamera(track: MediaStreamTrack | null): void {
    if (this.#element) this.#options.localOverlay?.setTrack(track)
  }

  async resume(): Promise<void> {
    await this.#element?.resume()
  }

  /** Leaves the element of the page as it was. */
  unmount(): void {
    this.#options.localOverlay?.dispose()
    this.#memberOverlays.setLayout(undefined)
    this.#element?.dispose()
    this.#element = undefined
  }
}
