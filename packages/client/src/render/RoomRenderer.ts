import type { VideoLayout } from '@roomful/protocol'
import type { Logger } from '../logger.ts'
import { AudioOutput } from '../media/AudioOutput.ts'
import { visibleLayer, type Size } from './geometry.ts'
import type { RoomView, Scene } from './RoomView.ts'

export type RoomRendererOptions = {
  /** The views that the room has when it is joined. */
  views: readonly RoomView[]
  logger: Logger
  onBlocked: (kind: 'audio' | 'video') => void
  onUnblocked: (kind: 'audio' | 'video') => void
  /** The size of the canvas has changed. */
  onCanvasSize: () => void
}

/** Canvas size that is assumed until the first picture has come. */
const defaultCanvas: Size = { width: 1280, height: 720 }

/** Picture, sound and overlays of one room, from joining to leaving. */
export class RoomRenderer {
  readonly audio: AudioOutput
  readonly #options: RoomRendererOptions
  readonly #views = new Set<RoomView>()
  readonly #scene: Scene = { stream: undefined, layout: undefined, memberId: '', camera: null }
  #canvas: Size | undefined
  #isDisposed = false

  constructor(options: RoomRendererOptions) {
    this.#options = options
    this.audio = new AudioOutput(options.logger)
    this.audio.on('blocked', () => options.onBlocked('audio'))
    this.audio.on('unblocked', () => options.onUnblocked('audio'))
    for (const view of options.views) this.addView(view)
  }

  /** Shows the room in one more element. */
  addView(view: RoomView): void {
    if (this.#isDisposed) return
    this.#views.add(view)
    const handlers = {
      onBlocked: () => this.#options.onBlocked('video'),
      onUnblocked: () => this.#options.onUnblocked('video'),
      onCanvasSize: (width: number, height: number) => {
        this.#canvas = { width, height }
        this.#options.onCanvasSize()
      },
    }
    view.mount(handlers, this.#scene)
  }

  removeView(view: RoomView): void {
    this.#views.delete(view)
    view.unmount()
  }

  /** Plays another stream of the room; resolves when its first picture is on the screen. */
  async show(stream: MediaStream): Promise<void> {
    this.#scene.stream = stream
    const shown = [...this.#views].map((view) => view.show(stream))
    this.audio.play(stream)
    await Promise.all(shown)
  }

  setLayout(layout: VideoLayout | undefined, memberId: string): void {
    Object.assign(this.#scene, { layout, memberId })
    for (const view of this.#views) view.setLayout(this.#scene)
  }

  /** The own camera; null while it is muted. */
  setCamera(track: MediaStreamTrack | null): void {
    this.#scene.camera = track
    for (const view of this.#views) view.setCamera(track)
  }

  /** Size of a member's tile in pixels of the canvas; undefined if there is none. */
  tileOf(memberId: string): Size | undefined {
    const layer = visibleLayer(this.#scene.layout, memberId)
    if (!layer) return undefined
    const canvas = this.#canvas ?? this.#receivedSize() ?? defaultCanvas
    return { width: (canvas.width * layer.width) / 100, height: (canvas.height * layer.height) / 100 }
  }

  /** Starts blocked sound and picture; call it from a handler of a click. */
  async resume(): Promise<void> {
    for (const view of this.#views) await view.resume()
    await this.audio.resume()
  }

  dispose(): void {
    this.#isDisposed = true
    this.audio.close()
    for (const view of this.#views) view.unmount()
    this.#views.clear()
  }

  #receivedSize(): Size | undefined {
    const { width, height } = this.#scene.stream?.getVideoTracks()[0]?.getSettings() ?? {}
    return width && height ? { width, height } : undefined
  }
}
