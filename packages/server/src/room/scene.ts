import type { Scene, SceneLayer } from '@roomful/media'
import type { LayoutName, RoomId, RoomSessionId, VideoLayout, VideoLayoutLayer } from '@roomful/protocol'
import type { Arrangement } from './layouts/LayoutEngine.ts'
import { canvasUnits, toPercent } from './layouts/geometry.ts'
import type { Place } from './layouts/geometry.ts'
import type { Member } from './Member.ts'
import { Playback } from './Playback.ts'

type LayerPlace = Omit<Place, 'role'>
type Occupant = Member | Playback
/** Finds the member or playback with an id. */
type FindOccupant = (id: string) => Occupant | undefined

/** The places of the step and the two that end every layout: a played file, and one member over all. */
function layerPlaces({ step }: Arrangement): LayerPlace[] {
  const whole = { x: 0, y: 0, width: canvasUnits, height: canvasUnits }
  const count = step.places.length
  return [
    ...step.places,
    { position: 'playback', ...whole, zIndex: count },
    { position: 'full-screen', ...whole, zIndex: count + 1 },
  ]
}

type LayoutInput = {
  layoutName: LayoutName
  roomId: RoomId
  roomSessionId: RoomSessionId
  arrangement: Arrangement
  find: FindOccupant
}

/** The layout as `layout.changed` tells it: all layers, empty ones too. */
export function toLayout({ layoutName, roomId, roomSessionId, arrangement, find }: LayoutInput): VideoLayout {
  const layers = layerPlaces(arrangement).map((place, index): VideoLayoutLayer => {
    const occupant = occupantOf(place, arrangement, find)
    const isPlayback = occupant instanceof Playback
    return {
      layer_index: index,
      z_index: place.zIndex,
      x: toPercent(place.x),
      y: toPercent(place.y),
      width: toPercent(place.width),
      height: toPercent(place.height),
      // Clients look a member up by it, and a playback is none.
      member_id: isPlayback ? null : (occupant?.id ?? null),
      reservation: place.position,
      position: place.position,
      playing_file: isPlayback,
      visible: isPlayback || (occupant?.visible ?? false),
    }
  })
  return { id: layoutName, name: layoutName, room_id: roomId, room_session_id: roomSessionId, layers }
}

/** What the media process draws: the layers that hold a member or playback, lowest first. */
export function toScene(arrangement: Arrangement, find: FindOccupant): Scene {
  const layers = layerPlaces(arrangement)
    .flatMap((place) => {
      const occupant = occupantOf(place, arrangement, find)
      return occupant ? [{ place, occupant }] : []
    })
    .sort((a, b) => a.place.zIndex - b.place.zIndex)
    .map(({ place, occupant }) => ({
      sourceId: occupant.id,
      x: toPercent(place.x),
      y: toPercent(place.y),
      width: toPercent(place.width),
      height: toPercent(place.height),
      zIndex: place.zIndex,
      ...drawingOf(occupant),
    }))
  return { layers }
}

function drawingOf(occupant: Occupant): Pick<SceneLayer, 'fit' | 'banner' | 'videoMuted'> {
  if (occupant instanceof Playback) return { fit: 'contain', banner: null, videoMuted: false }
  const { isScreen, name, hasPicture } = occupant
  // Nothing of a screen may be cut off or covered: there is text on it.
  return { fit: isScreen ? 'contain' : 'cover', banner: isScreen ? null : name, videoMuted: !hasPicture }
}

function occupantOf(place: LayerPlace, { occupants }: Arrangement, find: FindOccupant): Occupant | undefined {
  const id = occupants.get(place.position)
  return id === undefined ? undefined : find(id)
}
