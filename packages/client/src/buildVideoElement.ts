import { RoomSessionError } from './errors.ts'
import { LocalOverlay } from './render/LocalOverlay.ts'
import type { OverlayMap } from './render/MemberOverlays.ts'
import { RoomView } from './render/RoomView.ts'
import { RoomSession } from './RoomSession.ts'

export type BuildVideoElementParams = {
  /** Room to show, joined or not. */
  room: RoomSession
  /** Element to show it in. Default: a new `div`, to be put into the page by the application. */
  rootElement?: HTMLElement
  /** Whether the own camera is laid over the own tile. Default true. */
  applyLocalVideoOverlay?: boolean
  /** Whether each visible member gets an empty box over its tile. Default true. */
  applyMemberOverlay?: boolean
  /** Whether the own picture in the overlay is mirrored. Default false. */
  mirrorLocalVideoOverlay?: boolean
}

export type BuiltVideoElement = {
  /** The element that shows the room. */
  element: HTMLElement
  /** The own camera over the own tile of this view; undefined if it was not wanted. */
  localVideoOverlay: LocalOverlay | undefined
  /** The boxes over the tiles of this view, by member id. */
  overlayMap: OverlayMap
  /** Removes the view; the room goes on. */
  unsubscribe: () => void
}

/** Shows a room in one more place of the page. It is removed by `unsubscribe()`, or when the room is left. */
export async function buildVideoElement(params: BuildVideoElementParams): Promise<BuiltVideoElement> {
  const { room, applyLocalVideoOverlay = true, applyMemberOverlay = true } = params ?? {}
  if (!(room instanceof RoomSession)) {
    throw new RoomSessionError('invalid_argument', 'buildVideoElement(): "room" must be a RoomSession.')
  }
  const element = params.rootElement ?? document.createElement('div')
  if (!(element instanceof HTMLElement)) {
    const message = 'buildVideoElement(): "rootElement" must be an HTMLElement.'
    throw new RoomSessionError('invalid_argument', message)
  }
  const localVideoOverlay = applyLocalVideoOverlay
    ? new LocalOverlay(params.mirrorLocalVideoOverlay ?? false)
    : undefined
  const view = new RoomView({ rootElement: element, localOverlay: localVideoOverlay, applyMemberOverlay })
  const unsubscribe = room.attachView(view)
  return { element, localVideoOverlay, overlayMap: view.overlayMap, unsubscribe }
}
