import { playWhenAllowed } from '../media/playback.ts'
import { fitInside } from './geometry.ts'

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
  readonly video = document.createElement('video')
  readonly #root: HTMLElement
  readonly #content = box('mcuContent')
  readonly #wrapper = box('paddingWrapper')
  readonly #layers = box('mcuLayers')
  readonly #resizeObserver: ResizeObserver
  readonly #player: ReturnType<typeof playWhenAllowed>
  readonly #onCanvasSize: RootElementViewHandlers['onCanvasSize']
  #frameRequest: number | undefined

  constructor(root: HTMLElement, handlers: RootElementViewHandlers) {
    this.#root = root
    this.#onCanvasSize = handlers.onCanvasSize
    Object.assign(this.#content.style, {
      position: 'relative',
      width: '100%',
      height: '100%',
      display: 'flex',
      alignItems: 'center',
      justifyContent: 'center',
    })
    Object.assign(this.#wrapper.style, { position: 'relative', flex: 'none' })
    const fill = { position: 'absolute', inset: '0', width: '100%', height: '100%' }
    Object.assign(this.#layers.style, fill, { pointerEvents: 'none', visibility: 'hidden' })
    const videoWrapper = box('videoWrapper')
    Object.assign(videoWrapper.style, fill)
    Object.assign(this.video.style, { ...fill, objectFit: 'fill', display: 'block' })
    // Sound has an element of its own: a muted video may always play.
    this.video.muted = this.video.autoplay = this.video.playsInline = true
    this.video.addEventListener('resize', this.#onVideoSize)
    this.#player = playWhenAllowed(this.video, handlers)

    videoWrapper.append(this.video)
    this.#wrapper.append(videoWrapper, this.#layers)
    this.#content.append(this.#wrapper)
    root.append(this.#content)
    this.#resizeObserver = new ResizeObserver(() => this.#scheduleFit())
    this.#resizeObserver.observe(root)
    this.#fit()
  }

  /** Shows the picture of `stream`; called again whenever the stream of the room is another one. */
  show(stream: MediaStream): void {
    const tracks = stream.getVideoTracks()
    this.video.srcObject = tracks.length > 0 ? new MediaStream(tracks) : null
    if (tracks.length > 0) void this.#player.play()
  }

  /** Puts an element, placed in percent of the canvas, over the picture. */
  addLayer(element: HTMLElement): void {
    this.#layers.append(element)
  }

  /** Starts a blocked picture; call it from a handler of a click. */
  async resume(): Promise<void> {
    if (this.video.srcObject) await this.#player.play()
  }

  /** Removes everything from the root element. */
  dispose(): void {
    if (this.#frameRequest !== undefined) cancelAnimationFrame(this.#frameRequest)
    this.#resizeObserver.disconnect()
    this.#player.stop()
    this.video.removeEventListener('resize', this.#onVideoSize)
    this.video.srcObject = null
    this.#content.remove()
  }

  readonly #onVideoSize = () => {
    const { videoWidth, videoHeight } = this.video
    if (videoWidth === 0 || videoHeight === 0) return
    this.#layers.style.visibility = 'visible'
    this.#onCanvasSize(videoWidth, videoHeight)
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
    const { videoWidth, videoHeight } = this.video
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
