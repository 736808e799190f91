import type { LayoutName, VideoPosition } from '@roomful/protocol'
import { RoomError } from '@roomful/protocol'
import { stepsOf } from './geometry.ts'

/** Positions that every layout has. */
const everywhere: readonly VideoPosition[] = ['auto', 'off-canvas', 'full-screen']
/** For playbacks. */
const everywhereForPlaybacks: readonly VideoPosition[] = [...everywhere, 'playback']

const cache = new Map<LayoutName, ReadonlySet<string>>()

/** Every position that some step of the layout has. */
function placesOf(layout: LayoutName): ReadonlySet<string> {
  let known = cache.get(layout)
  if (!known) {
    known = new Set(stepsOf(layout).flatMap((step) => step.places.map((place) => place.position)))
    cache.set(layout, known)
  }
  return known
}

function describe(layout: LayoutName, always: readonly VideoPosition[]): string {
  const names = [...always] as string[]
  for (const kind of ['reserved', 'standard']) {
    const count = [...placesOf(layout)].filter((position) => position.startsWith(`${kind}-`)).length
    if (count > 0) names.push(count === 1 ? `${kind}-1` : `${kind}-1 to ${kind}-${count}`)
  }
  return names.join(', ')
}

/** The position that a member may ask for in this layout; throws `invalid_params` for any other. */
export function checkPosition(layout: LayoutName, position: string): VideoPosition {
  return check(layout, position, everywhere)
}

/** The same for a playback, whose place is `playback` unless it asks for another. */
export function checkPlaybackPosition(layout: LayoutName, position: string): VideoPosition {
  const checked = check(layout, position, everywhereForPlaybacks)
  return checked === 'auto' ? 'playback' : checked
}

function check(layout: LayoutName, position: string, always: readonly VideoPosition[]): VideoPosition {
  if ((always as readonly string[]).includes(position) || placesOf(layout).has(position)) {
    return position as VideoPosition
  }
  throw new RoomError(
    'invalid_params',
    `Position "${position.slice(0, 50)}" cannot be taken in layout ${layout}; allowed: ${describe(layout, always)}`,
  )
}
