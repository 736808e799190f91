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
  #hasPicture = false

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

  /** Shows another stream instead of the camera. */
  setMediaStream(stream: MediaStream): void {
    this.setTrack(stream.getVideoTracks()[0] ?? null)
  }

  /** @internal The track to show; null while muted. */
  setTrack(track: MediaStreamTrack | null): void {
    this.#hasPicture = track !== null && track.readyState === 'live' && track.enabled
    const shown =
      this.#video.srcObject instanceof MediaStream ? this.#video.srcObject.getVideoTracks()[0] : undefined
    if (!this.#hasPicture) this.#video.srcObject = null
    else if (track && shown !== track) {
      this.#video.srcObject = new MediaStream([track])
      this.#video.play().catch(() => undefined) // A muted video may play; if a power saver says no, it stays still.
    }
    this.#update()
  }

  /** @internal The tile to lie over; undefined: none. */
  setLayer(layer: VideoLayoutLayer | undefined): void {
    this.#layer = layer
    this.#update()
  }

  /** @internal */
  dispose(): void {
    this.#video.srcObject = null
    this.domElement.remove()
  }

  #update(): void {
    if (this.#layer) Object.assign(this.domElement.style, layerStyle(this.#layer))
    this.domElement.style.opacity = this.status === 'visible' ? '1' : '0'
    this.#video.style.transform = this.#mirrored ? 'scale(-1, 1)' : ''
  }
}
