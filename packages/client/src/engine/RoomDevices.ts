import type { Authorization, VideoMember } from '@roomful/protocol'
import { toRoomSessionError, type RoomSessionError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { mediaKinds, type MediaKind } from '../media/kinds.ts'
import { deviceEventName, LocalMedia } from '../media/LocalMedia.ts'
import type { JoinParams, RoomSessionOptions } from '../options.ts'
import { maySend, resolveDirections, sendingOnly } from '../rtc/directions.ts'
import { sends, type Directions } from '../rtc/Peer.ts'
import { sendingNotAllowed } from './CallMedia.ts'

export type RoomDevicesOptions = {
  options: RoomSessionOptions
  /** What the application asked for in `join()`. */
  asked: JoinParams
  /** What the server allows at the moment. */
  rights: () => Authorization
  /** Puts a track into the senders of its kind. */
  send: (kind: MediaKind, track: MediaStreamTrack | null) => Promise<void>
  logger: Logger
  /** A device could not be opened, which stopped nothing else. */
  onFailed: (kind: MediaKind, error: RoomSessionError) => void
}

/** Which of the user's devices a participant uses, from what was asked for and what is allowed. */
export class RoomDevices {
  readonly local: LocalMedia
  readonly #options: RoomDevicesOptions

  constructor(setup: RoomDevicesOptions) {
    this.#options = setup
    const { options, logger, send } = setup
    this.local = new LocalMedia({
      logger,
      stopWhileMuted: {
        audio: options.stopMicrophoneWhileMuted ?? true,
        video: options.stopCameraWhileMuted ?? true,
      },
      send,
    })
  }

  /** What may be sent and received, as far as it was asked for. Throws if that is nothing. */
  get allowedDirections(): Directions {
    return resolveDirections(this.#options.rights(), this.#options.asked)
  }

  /** Opens what may be sent; resolves with the directions, without what there is nothing to send of. */
  async open(): Promise<Directions> {
    const directions = this.allowedDirections
    const sent = mediaKinds.filter((kind) => sends(directions[kind]))
    const { localStream } = this.#options.options
    if (localStream) {
      this.local.adopt(localStream, sent)
      return sendingOnly(directions, (kind) => this.local.track(kind) !== null)
    }
    await this.local.open(this.#request(sent))
    return directions
  }

  /** As `open`, but whoever has no camera, or denies it, goes on without it. */
  async openWhatWorks(): Promise<Directions> {
    const directions = this.allowedDirections
    try {
      return await this.open()
    } catch {
      for (const kind of mediaKinds.filter((one) => sends(directions[one]))) {
        await this.local.open(this.#request([kind])).catch((error: unknown) => {
          this.#options.onFailed(kind, toRoomSessionError(error, 'media_failed'))
        })
      }
      return sendingOnly(directions, (kind) => this.local.track(kind) !== null)
    }
  }

  /** Devices that the present role does not let send go off. */
  releaseForbidden(): void {
    for (const kind of mediaKinds) {
      if (maySend(this.#options.rights(), kind) || !this.local.track(kind)) continue
      this.local.close(kind).catch((error: unknown) => {
        this.#options.logger.error(`The ${deviceEventName[kind]} could not be released.`, error)
      })
    }
  }

  /** The server's word on the own mutes is what the devices follow. */
  followMutes(own: VideoMember): void {
    for (const kind of mediaKinds) {
      const muted = own[`${kind}_muted`]
      if (muted === this.local.isMuted(kind)) continue
      this.local.setMuted(kind, muted).catch((error: unknown) => {
        this.#options.logger.error(`The ${deviceEventName[kind]} could not follow the mute state.`, error)
      })
    }
  }

  /** Throws `sending_not_allowed` if the token or the role does not let the kind be sent. */
  checkMaySend(kind: MediaKind): void {
    const rights = this.#options.rights()
    if (maySend(rights, kind)) return
    const allowed = rights[`${kind}_allowed`]
    throw sendingNotAllowed(kind, `the role is "${rights.join_as}", and ${kind} is allowed as "${allowed}"`)
  }

  #request(kinds: readonly MediaKind[]): Partial<Record<MediaKind, boolean | MediaTrackConstraints>> {
    // `audio: false, sendAudio: true` asks for the default microphone.
    return Object.fromEntries(kinds.map((kind) => [kind, this.#options.asked[kind] || true]))
  }
}
