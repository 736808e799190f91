import type { VideoLayoutLayer } from '@roomful/protocol'
import { layerStyle } from './geometry.ts'

/** The user's own camera over the place of its tile in the picture of the room, where it shows no delay. */
export class LocalOverlay {
  /** DOM id of the element: `sw-sdk-` and a UUID. */
  readonly id = `sw-sdk-${crypto.randomUUID()}`
  /** The element that lies over the tile; it holds the video element. */
  readonly domElement = document.createElement('div')
  readonly #video = document.createElement('video')
  #mirrored: boolean
  #wanted = true
  #layer: VideoLayoutLayer | undefined
  #camera: MediaStreamTrack | null = null
  #custom: MediaStream | undefined

  /** @internal */
  constructor(mirrored: boolean) {
    this.#mirrored = mirrored
    this.domElement.id = this.id
    Object.assign(this.domElement.style, { position: 'absolute', overflow: 'hidden', pointerEvents: 'none' })
    this.#video.muted = this.#video.autoplay = this.#video.playsInline = true
    this.#video.disablePictureInPicture = true
    Object.assign(this.#video.style, { width: '100%', height: '100%', objectFit: 'cover', display: 'block' })
    this.domElement.append(this.#video)
    this.#update()
  }

  /** Whether it is shown at the moment: wanted, a visible tile, and a picture to show. */
  get status(): 'visible' | 'hidden' {
    return this.#wanted && this.#layer && this.#hasPicture ? 'visible' : 'hidden'
  }

  /** Whether the own picture is mirrored. */
  get mirrored(): boolean {
    return this.#mirrored
  }

  /** Mirrors the own picture as one sees oneself in a mirror; others see it as it is. */
  setMirrored(mirrored: boolean): void {
    this.#mirrored = mirrored
    this.#update()
  }

  /** The same as {@link setMirrored}. */
  setMirror(mirrored = this.#mirrored): void {
    this.setMirrored(mirrored)
  }

  /** Hides it until {@link show}. */
  hide(): void {
    this.#wanted = false
    this.#update()
  }

  /** Shows it again, as far as there is a tile and a picture. */
  show(): void {
    this.#wanted = true
    this.#update()
  }

  /**
   * Shows another stream instead of the camera, e.g. one with a blurred background; null shows the camera
   * again. It is shown while the camera would be.
   */
  setMediaStream(stream: MediaStream | null): void {
    this.#custom = stream ?? undefined
    this.#update()
  }

  /** @deprecated Use {@link setMediaStream}. */
  setLocalOverlayMediaStream(stream: MediaStream | null): void {
    this.setMediaStream(stream)
  }

  /** @deprecated Use {@link setMirrored}. */
  setLocalOverlayMirror(mirrored = this.#mirrored): void {
    this.setMirrored(mirrored)
  }

  /** @internal The camera's track; null while it is muted. */
  setTrack(track: MediaStreamTrack | null): void {
    this.#camera = track
    this.#update()
  }

  /** @internal The tile to lie over; undefined: none. */
  setLayer(layer: VideoLayoutLayer | undefined): void {
    this.#layer = layer
    this.#update()
  }

  /** @internal */
  dispose(): void {
    this.#layer = undefined
    this.#camera = null
    this.#video.srcObject = null
    this.domElement.remove()
  }

  get #hasPicture(): boolean {
    return this.#camera?.readyState === 'live' && this.#camera.enabled
  }

  #showPicture(): void {
    const track = this.#custom?.getVideoTracks()[0] ?? this.#camera
    const stream = this.#video.srcObject
    const shown = stream instanceof MediaStream ? stream.getVideoTracks()[0] : undefined
    if (!this.#hasPicture || !track) this.#video.srcObject = null
    else if (shown !== track) {
      this.#video.srcObject = new MediaStream([track])
      this.#video.play().catch(() => undefined) // A muted video may play; if a power saver says no, it stays still.
    }
  }

  #update(): void {
    this.#showPicture()
    if (this.#layer) Object.assign(this.domElement.style, layerStyle(this.#layer))
    this.domElement.style.opacity = this.status === 'visible' ? '1' : '0'
    this.#video.style.transform = this.#mirrored ? 'scale(-1, 1)' : ''
  }
}
