import { RoomSessionError } from '../errors.ts'
import { mediaKinds, type MediaKind } from '../media/kinds.ts'
import type { LocalMedia } from '../media/LocalMedia.ts'
import { sends, type Direction, type Directions } from '../rtc/Peer.ts'
import type { Call } from './Call.ts'

/** New directions by kind, with constraints for what is to be sent. */
export type MediaChange = Partial<
  Record<MediaKind, { direction: Direction; constraints?: MediaTrackConstraints }>
>

export type CallMediaOptions = {
  localMedia: LocalMedia
  /** The call at the moment. */
  call: () => Call
  /** Throws if the kind must not be sent. */
  checkMaySend: (kind: MediaKind) => void
  /** Whether the call receives anything by default. */
  receives: boolean
}

/** What a call sends and receives, changed while it runs. */
export class CallMedia {
  readonly #options: CallMediaOptions

  constructor(options: CallMediaOptions) {
    this.#options = options
  }

  /** Changes camera or microphone; starts to send the kind if it was not sent. */
  async updateDevice(kind: MediaKind, constraints: MediaTrackConstraints): Promise<void> {
    const { localMedia, checkMaySend } = this.#options
    checkMaySend(kind)
    await localMedia.update(kind, constraints)
    await this.#startSending([kind])
  }

  /** Sends the tracks of `stream` in place of camera and microphone. */
  async setLocalStream(stream: MediaStream): Promise<void> {
    const { localMedia, checkMaySend } = this.#options
    const kinds = mediaKinds.filter((kind) => stream.getTracks().some((track) => track.kind === kind))
    for (const kind of kinds) checkMaySend(kind)
    await localMedia.replaceStream(stream)
    await this.#startSending(kinds)
  }

  /** Negotiates other directions; opens the devices that are needed and releases those that are not. */
  async update(change: MediaChange): Promise<void> {
    const { localMedia, call, checkMaySend } = this.#options
    const directions: Directions = {}
    const sent = mediaKinds.filter((kind) => sends(change[kind]?.direction))
    for (const kind of sent) checkMaySend(kind)
    for (const kind of sent) {
      const constraints = change[kind]?.constraints
      if (constraints && localMedia.track(kind)) await localMedia.update(kind, constraints)
    }
    await localMedia.open(Object.fromEntries(sent.map((kind) => [kind, change[kind]?.constraints ?? true])))
    for (const kind of mediaKinds) {
      const direction = change[kind]?.direction
      if (direction) directions[kind] = direction
    }
    await call().media.setDirections(directions)
    for (const kind of mediaKinds) {
      if (directions[kind] && !sends(directions[kind])) await localMedia.close(kind)
    }
  }

  async #startSending(kinds: MediaKind[]): Promise<void> {
    const { media } = this.#options.call()
    const present = media.directions
    const wanted: Directions = {}
    for (const kind of kinds) {
      const receives = present[kind] ? /recv/.test(present[kind]) : this.#options.receives
      wanted[kind] = receives ? 'sendrecv' : 'sendonly'
    }
    await media.setDirections(wanted)
  }
}

/** The error of sending a kind that the token or the role does not allow. */
export function sendingNotAllowed(kind: MediaKind, why: string): RoomSessionError {
  return new RoomSessionError('sending_not_allowed', `Sending ${kind} is not allowed: ${why}.`)
}
