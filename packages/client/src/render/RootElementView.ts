import { fitInside } from './geometry.ts'
import { fill, Picture } from './Picture.ts'

export type RootElementViewHandlers = {
  /** The browser does not let the picture play before the user does something. */
  onBlocked: () => void
  onUnblocked: () => void
  /** The size of the canvas as it arrives is known, or has changed. */
  onCanvasSize: (width: number, height: number) => void
}

/**
 * The picture of the room inside the application's element:
 * `.mcuContent > .paddingWrapper > (.videoWrapper > video) + .mcuLayers`. The wrapper has the aspect ratio
 * of the canvas in whatever size the root element has, so that percent within `.mcuLayers` are percent of
 * the canvas.
 */
export class RootElementView {
  readonly #root: HTMLElement
  readonly #content = box('mcuContent')
  readonly #wrapper = box('paddingWrapper')
  readonly #videoWrapper = box('videoWrapper')
  readonly #layers = box('mcuLayers')
  readonly #resizeObserver: ResizeObserver
  readonly #handlers: RootElementViewHandlers
  #picture: Picture | undefined
  /** A picture that is to take the place of the present one as soon as it is there. */
  #next: Picture | undefined
  #frameRequest: number | undefined

  constructor(root: HTMLElement, handlers: RootElementViewHandlers) {
    this.#root = root
    this.#handlers = handlers
    Object.assign(this.#content.style, {
      position: 'relative',
      width: '100%',
      height: '100%',
      display: 'flex',
      alignItems: 'center',
      justifyContent: 'center',
    })
    Object.assign(this.#wrapper.style, { position: 'relative', flex: 'none' })
    Object.assign(this.#layers.style, fill, { pointerEvents: 'none', visibility: 'hidden' })
    Object.assign(this.#videoWrapper.style, fill)
    this.#wrapper.append(this.#videoWrapper, this.#layers)
    this.#content.append(this.#wrapper)
    root.append(this.#content)
    this.#resizeObserver = new ResizeObserver(() => this.#scheduleFit())
    this.#resizeObserver.observe(root)
    this.#fit()
  }

  /**
   * Shows the picture of `stream`. A picture that is shown already stays until the new one has its first
   * frame on the screen, so that there is no gap; then the promise resolves.
   */
  async show(stream: MediaStream): Promise<void> {
    const next = new Picture(stream, { ...this.#handlers, onSize: () => this.#onVideoSize(next) })
    const present = this.#picture
    this.#next?.remove()
    // Beneath the present one.
    this.#videoWrapper.prepend(next.element)
    if (!present) {
      this.#picture = next
      return next.whenShown()
    }
    this.#next = next
    await next.whenShown()
    if (this.#next !== next) return
    this.#next = undefined
    this.#picture = next
    present.remove()
    this.#onVideoSize(next)
  }

  /** Puts an element, placed in percent of the canvas, over the picture. */
  addLayer(element: HTMLElement): void {
    this.#layers.append(element)
  }

  /** Starts a blocked picture; call it from a handler of a click. */
  async resume(): Promise<void> {
    await (this.#next ?? this.#picture)?.player.play()
  }

  /** Removes everything from the root element. */
  dispose(): void {
    if (this.#frameRequest !== undefined) cancelAnimationFrame(this.#frameRequest)
    this.#resizeObserver.disconnect()
    this.#next?.remove()
    this.#picture?.remove()
    this.#next = this.#picture = undefined
    this.#content.remove()
  }

  #onVideoSize(picture: Picture): void {
    const { videoWidth, videoHeight } = picture.element
    if (picture !== this.#picture || videoWidth === 0 || videoHeight === 0) return
    this.#layers.style.visibility = 'visible'
    this.#handlers.onCanvasSize(videoWidth, videoHeight)
    this.#fit()
  }

  /** Not within the observer's callback, where a change of size would be reported as a loop. */
  #scheduleFit(): void {
    this.#frameRequest ??= requestAnimationFrame(() => {
      this.#frameRequest = undefined
      this.#fit()
    })
  }

  #fit(): void {
    const { videoWidth = 0, videoHeight = 0 } = this.#picture?.element ?? {}
    const aspectRatio = videoWidth > 0 && videoHeight > 0 ? videoWidth / videoHeight : 16 / 9
    // The height that the root element has by itself, not the one that our content gives it.
    this.#content.style.display = 'none'
    const style = getComputedStyle(this.#root)
    const height = this.#root.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom)
    this.#content.style.display = 'flex'
    const width = this.#root.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)
    const size = fitInside({ width: Math.max(width, 0), height: Math.max(height, 0) }, aspectRatio)
    this.#wrapper.style.width = `${size.width}px`
    this.#wrapper.style.height = `${size.height}px`
  }
}

function box(className: string): HTMLElement {
  const element = document.createElement('div')
  element.className = className
  return element
}
