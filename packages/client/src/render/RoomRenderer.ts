import type { VideoLayout } from '@roomful/protocol'
import type { Logger } from '../logger.ts'
import { AudioOutput } from '../media/AudioOutput.ts'
import { visibleLayer, type Size } from './geometry.ts'
import type { LocalOverlay } from './LocalOverlay.ts'
import { RootElementView } from './RootElementView.ts'

export type RoomRendererOptions = {
  rootElement: HTMLElement | undefined
  /** The overlay, if it is to be laid over the picture. */
  overlay: LocalOverlay | undefined
  logger: Logger
  onBlocked: (kind: 'audio' | 'video') => void
  onUnblocked: (kind: 'audio' | 'video') => void
  /** The size of the canvas has changed. */
  onCanvasSize: () => void
}

/** Canvas size that is assumed until the first picture has come. */
const defaultCanvas: Size = { width: 1280, height: 720 }

/** Picture, sound and overlay of one room, from joining to leaving. */
export class RoomRenderer {
  readonly audio: AudioOutput
  readonly #overlay: LocalOverlay | undefined
  readonly #view: RootElementView | undefined
  #stream: MediaStream | undefined
  #canvas: Size | undefined
  #ownLayer: ReturnType<typeof visibleLayer>

  constructor(options: RoomRendererOptions) {
    this.audio = new AudioOutput(options.logger)
    this.audio.on('blocked', () => options.onBlocked('audio'))
    this.audio.on('unblocked', () => options.onUnblocked('audio'))
    if (!options.rootElement) return
    this.#view = new RootElementView(options.rootElement, {
      onBlocked: () => options.onBlocked('video'),
      onUnblocked: () => options.onUnblocked('video'),
      onCanvasSize: (width, height) => {
        this.#canvas = { width, height }
        options.onCanvasSize()
      },
    })
    this.#overlay = options.overlay
    if (this.#overlay) this.#view.addLayer(this.#overlay.domElement)
  }

  /** Plays another stream of the room. */
  show(stream: MediaStream): void {
    this.#stream = stream
    this.#view?.show(stream)
    this.audio.play(stream)
  }

  setLayout(layout: VideoLayout | undefined, memberId: string): void {
    this.#ownLayer = visibleLayer(layout, memberId)
    this.#overlay?.setLayer(this.#ownLayer)
  }

  /** The own camera; null while it is muted. */
  setCamera(track: MediaStreamTrack | null): void {
    this.#overlay?.setTrack(track)
  }

  /** Size of the own tile in pixels of the canvas; undefined if there is none. */
  get ownTile(): Size | undefined {
    if (!this.#ownLayer) return undefined
    const canvas = this.#canvas ?? this.#receivedSize() ?? defaultCanvas
    return {
      width: (canvas.width * this.#ownLayer.width) / 100,
      height: (canvas.height * this.#ownLayer.height) / 100,
    }
  }

  /** Starts blocked sound and picture; call it from a handler of a click. */
  async resume(): Promise<void> {
    await this.#view?.resume()
    await this.audio.resume()
  }

  dispose(): void {
    this.audio.close()
    this.#overlay?.setLayer(undefined)
    this.#overlay?.dispose()
    this.#view?.dispose()
  }

  #receivedSize(): Size | undefined {
    const { width, height } = this.#stream?.getVideoTracks()[0]?.getSettings() ?? {}
    return width && height ? { width, height } : undefined
  }
}
