/** Names the server takes: letters, digits, `_` and `-`, at most 100. */
export const maxRoomNameLength = 100

/** What was typed, as a room name: spaces become dashes, other foreign characters go. */
export function toRoomName(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\s+/g, '-')
    .replace(/[^A-Za-z0-9_-]/g, '')
    .slice(0, maxRoomNameLength)
}

/** The room that a link names: `/?room=NAME`, else `/#NAME`; empty if none. */
export function roomNameOf(url: URL): string {
  const name = url.searchParams.get('room') ?? decode(url.hash.slice(1))
  return toRoomName(name.trim())
}

/** Path and query of a room's link. */
export function roomUrl(roomName: string): string {
  return `/?room=${encodeURIComponent(roomName)}`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A stray percent sign.
    return text
  }
}

const qualities = [
  'amber',
  'brisk',
  'calm',
  'clear',
  'early',
  'gentle',
  'golden',
  'quiet',
  'silver',
  'sunny',
  'warm',
]
const things = [
  'bay',
  'bridge',
  'cedar',
  'field',
  'garden',
  'harbor',
  'island',
  'lantern',
  'meadow',
  'river',
  'valley',
]

/** A name to start with, e.g. `quiet-harbor-42`. `random` is as `Math.random`. */
export function suggestRoomName(random: () => number = Math.random): string {
  const pick = (words: string[]) => words[Math.floor(random() * words.length)] ?? ''
  return `${pick(qualities)}-${pick(things)}-${10 + Math.floor(random() * 90)}`
}
