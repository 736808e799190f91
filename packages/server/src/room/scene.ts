import type { Scene } from '@roomful/media'
import type {
  LayoutName,
  MemberId,
  RoomId,
  RoomSessionId,
  VideoLayout,
  VideoLayoutLayer,
} from '@roomful/protocol'
import type { Arrangement } from './layouts/LayoutEngine.ts'
import { canvasUnits, toPercent } from './layouts/geometry.ts'
import type { Place } from './layouts/geometry.ts'
import type { Member } from './Member.ts'

type LayerPlace = Omit<Place, 'role'>

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
  members: ReadonlyMap<MemberId, Member>
}

/** The layout as `layout.changed` tells it: all layers, empty ones too. */
export function toLayout({
  layoutName,
  roomId,
  roomSessionId,
  arrangement,
  members,
}: LayoutInput): VideoLayout {
  const layers = layerPlaces(arrangement).map((place, index): VideoLayoutLayer => {
    const occupant = occupantOf(place, arrangement, members)
    return {
      layer_index: index,
      z_index: place.zIndex,
      x: toPercent(place.x),
      y: toPercent(place.y),
      width: toPercent(place.width),
      height: toPercent(place.height),
      member_id: occupant?.id ?? null,
      reservation: place.position,
      position: place.position,
      playing_file: false,
      visible: occupant?.visible ?? false,
    }
  })
  return { id: layoutName, name: layoutName, room_id: roomId, room_session_id: roomSessionId, layers }
}

/** What the media process draws: the layers that hold a member, lowest first. */
export function toScene(arrangement: Arrangement, members: ReadonlyMap<MemberId, Member>): Scene {
  const layers = layerPlaces(arrangement)
    .flatMap((place) => {
      const occupant = occupantOf(place, arrangement, members)
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
      // Nothing of a screen may be cut off or covered: there is text on it.
      fit: occupant.isScreen ? ('contain' as const) : ('cover' as const),
      banner: occupant.isScreen ? null : occupant.name,
      videoMuted: !occupant.hasPicture,
    }))
  return { layers }
}

function occupantOf(
  place: LayerPlace,
  { occupants }: Arrangement,
  members: ReadonlyMap<MemberId, Member>,
): Member | undefined {
  const id = occupants.get(place.position)
  return id === undefined ? undefined : members.get(id)
}
