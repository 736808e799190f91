import type { FieldCase } from './expectations.ts'

/** A meta of so many characters when serialized. */
export const metaOf = (length: number) => ({ text: 'x'.repeat(length - '{"text":""}'.length) })

/** Each is refused on POST and PUT of rooms. */
export const invalidRoomFields: readonly FieldCase[] = [
  ['display_name', ''],
  ['display_name', 'x'.repeat(201)],
  ['display_name', 7],
  ['display_name', 'a\0b'],
  ['display_name', 'a\ud800b'],
  ['description', 'x'.repeat(3001)],
  ['description', {}],
  ['max_members', 0],
  ['max_members', 301],
  ['max_members', 1.5],
  ['max_members', '20'],
  ['quality', '4k'],
  ['quality', 720],
  ['join_from', 'tomorrow'],
  ['join_from', 1_700_000_000],
  ['join_until', '2027-02-30'],
  ['join_until', '2027-01-01T25:00:00Z'],
  ['join_until', '2027-01-01T10:00:00'],
  ['join_until', '9999-12-31T23:59:59-01:00'],
  ['remove_at', ''],
  ['remove_after_seconds_elapsed', 0],
  ['remove_after_seconds_elapsed', 200_001],
  ['remove_after_seconds_elapsed', '60'],
  ['layout', 'grid'],
  ['layout', null + ''],
  ['record_on_start', 'true'],
  ['enable_room_previews', 1],
  ['meta', metaOf(2001)],
  ['meta', []],
  ['meta', 'x'],
  ['sync_audio_video', 'no'],
  ['tone_on_entry_and_exit', 'no'],
  ['room_join_video_off', 0],
  ['user_join_video_off', 'true'],
]

export const layouts = [
  'grid-responsive',
  'grid-responsive-mobile',
  'highlight-1-responsive',
  '1x1',
  '2x1',
  '2x2',
  '5up',
  '3x3',
  '4x4',
  '5x5',
  '6x6',
  '8x8',
  '10x10',
]
