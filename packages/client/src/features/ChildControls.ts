import type { VideoPositions } from '@roomful/protocol'
import type { ChildType } from '../engine/ChildConnection.ts'
import type { RoomConnection } from '../engine/RoomConnection.ts'
import { captureScreen } from '../media/captureScreen.ts'
import type { MediaKind } from '../media/kinds.ts'
import { RoomSessionDevice } from '../RoomSessionDevice.ts'
import { RoomSessionScreenShare } from '../RoomSessionScreenShare.ts'
import type { ChildSession, ChildSetup } from './ChildSession.ts'
import { checkDeviceOptions, checkScreenOptions, checkSourceOptions } from './childOptions.ts'
import { PlaybackControls } from './PlaybackControls.ts'

type AutoJoin = {
  /** Whether it joins the room at once. Default true; otherwise call its `join()`. */
  autoJoin?: boolean
}

export type AddDeviceOptions = AutoJoin & {
  /** Microphone: whether, or with which constraints. Default false. */
  audio?: boolean | MediaTrackConstraints
  /** Camera: whether, or with which constraints. Default false. */
  video?: boolean | MediaTrackConstraints
}

/** Constraints of the camera, and whether it joins at once. */
export type AddCameraOptions = MediaTrackConstraints & AutoJoin

/** Constraints of the microphone, and whether it joins at once. */
export type AddMicrophoneOptions = MediaTrackConstraints & AutoJoin

export type StartScreenShareOptions = AutoJoin & {
  /** The sound of the screen, window or tab, if the browser can capture it. Default false. */
  audio?: boolean | MediaTrackConstraints
  /** Constraints of the picture; it cannot be left out. Default true: full size, up to 1920 × 1080. */
  video?: boolean | MediaTrackConstraints
  /** Layout to change to when the screen joins. */
  layout?: string
  /** Places to assign when the screen joins; `self` is the screen. */
  positions?: VideoPositions
}

/** Shared screens and additional devices. */
export abstract class ChildControls extends PlaybackControls {
  readonly #devices = new Set<RoomSessionDevice>()
  readonly #screens = new Set<RoomSessionScreenShare>()

  /** Additional devices that this client has added to the room. */
  get deviceList(): RoomSessionDevice[] {
    return [...this.#devices]
  }

  /** Screens that this client shares. */
  get screenShareList(): RoomSessionScreenShare[] {
    return [...this.#screens]
  }

  /**
   * Lets the user choose a screen, a window or a tab, and shares it as a member of its own. Resolves when the
   * room shows it; rejects with `media_permission_denied` if the user declines. Needs `room.self.screenshare`.
   */
  async startScreenShare(options: StartScreenShareOptions = {}): Promise<RoomSessionScreenShare> {
    const { autoJoin, audio, video, inviteParams } = checkScreenOptions('startScreenShare()', options)
    const connection = this.joined('startScreenShare')
    const stream = await captureScreen({ audio, video })
    const make = (setup: ChildSetup) => new RoomSessionScreenShare(setup)
    const setup = { type: 'screen', stream, inviteParams } as const
    return this.#add(connection, this.#screens, make, setup, autoJoin)
  }

  /** @deprecated Use {@link startScreenShare}. */
  createScreenShareObject(options: StartScreenShareOptions = {}): Promise<RoomSessionScreenShare> {
    return this.startScreenShare(options)
  }

  /**
   * Adds a camera, a microphone or both as one more member of the room. Resolves when the room shows it. Needs
   * `room.self.additional_source`.
   */
  async addDevice(options: AddDeviceOptions): Promise<RoomSessionDevice> {
    const { autoJoin, audio, video } = checkDeviceOptions('addDevice()', options)
    return this.#addDevice('addDevice', { audio, video }, autoJoin)
  }

  /** Adds a camera as one more member of the room: the one that fits the constraints. See {@link addDevice}. */
  async addCamera(options: AddCameraOptions = {}): Promise<RoomSessionDevice> {
    const { autoJoin, constraints } = checkSourceOptions('addCamera()', options)
    return this.#addDevice('addCamera', { video: constraints }, autoJoin)
  }

  /** Adds a microphone as one more member of the room: the one that fits the constraints. See {@link addDevice}. */
  async addMicrophone(options: AddMicrophoneOptions = {}): Promise<RoomSessionDevice> {
    const { autoJoin, constraints } = checkSourceOptions('addMicrophone()', options)
    return this.#addDevice('addMicrophone', { audio: constraints }, autoJoin)
  }

  #addDevice(
    method: string,
    open: Partial<Record<MediaKind, boolean | MediaTrackConstraints>>,
    autoJoin: boolean,
  ): Promise<RoomSessionDevice> {
    const make = (setup: ChildSetup) => new RoomSessionDevice(setup)
    return this.#add(this.joined(method), this.#devices, make, { type: 'device', open }, autoJoin)
  }

  async #add<Child extends ChildSession>(
    parent: RoomConnection,
    list: Set<Child>,
    make: (setup: ChildSetup) => Child,
    setup: Omit<ChildSetup, 'parent' | 'onEnded'> & { type: ChildType },
    autoJoin: boolean,
  ): Promise<Child> {
    const child = make({ ...setup, parent, onEnded: (ended) => void list.delete(ended as Child) })
    list.add(child)
    if (autoJoin) await child.join()
    return child
  }
}
