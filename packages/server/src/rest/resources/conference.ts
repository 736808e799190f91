import {
  colourNames,
  conferenceMaxMembers,
  defaultColour,
  type ColourName,
  type ConferenceResource,
  type ConferenceTokenResource,
  type CreateConference,
  type UpdateConference,
} from '@roomful/protocol/rest'
import type {
  ConferenceColors,
  ConferenceProperties,
  ConferenceRecord,
  ConferenceTokenRecord,
} from '../../store/index.ts'
import { orDefault, toArrivalProperties, toSharedProperties } from './room.ts'
import { toIsoTime, toIsoTimeOrNull } from './time.ts'

type Theme = 'dark' | 'light'

/** What a request makes of a conference's own properties. `present`: what it has so far. */
export function toConferenceProperties(
  request: CreateConference | UpdateConference,
  present: ConferenceProperties | undefined,
): ConferenceProperties {
  const colour = (name: ColourName): string => {
    const [theme, part] = name.split('_') as [Theme, keyof ConferenceColors]
    const wanted = request[name]
    if (wanted === undefined && present !== undefined) return present[theme][part]
    return wanted ?? defaultColour(name)
  }
  const colours = (theme: Theme): ConferenceColors => ({
    primary: colour(`${theme}_primary`),
    background: colour(`${theme}_background`),
    foreground: colour(`${theme}_foreground`),
    success: colour(`${theme}_success`),
    negative: colour(`${theme}_negative`),
  })
  return {
    size: orDefault(request.size, 'medium' as const) ?? present?.size ?? 'medium',
    enableChat: orDefault(request.enable_chat, true) ?? present?.enableChat ?? true,
    dark: colours('dark'),
    light: colours('light'),
  }
}

/** The properties of its room that a request sets; undefined: it leaves them alone. */
export function toConferenceRoomProperties(
  request: CreateConference | UpdateConference,
  { size }: ConferenceProperties,
) {
  // A request that begins a conference has none of them.
  const flags = request as UpdateConference
  return {
    ...toSharedProperties(request),
    displayName: request.display_name,
    maxMembers: conferenceMaxMembers[size],
    ...toArrivalProperties(flags),
  }
}

export function toConference(record: ConferenceRecord): ConferenceResource {
  const { conference } = record
  const colours = Object.fromEntries(
    colourNames.map((name) => {
      const [theme, part] = name.split('_') as [Theme, keyof ConferenceColors]
      return [name, conference[theme][part]]
    }),
  ) as Record<ColourName, string>
  return {
    id: record.id,
    name: record.name,
    display_name: record.displayName,
    description: record.description,
    join_from: toIsoTimeOrNull(record.joinFromMs),
    join_until: toIsoTimeOrNull(record.joinUntilMs),
    quality: record.quality,
    layout: record.layout,
    size: conference.size,
    record_on_start: record.recordOnStart,
    enable_room_previews: record.enableRoomPreviews,
    enable_chat: conference.enableChat,
    tone_on_entry_and_exit: record.toneOnEntryAndExit,
    room_join_video_off: record.roomJoinVideoOff,
    user_join_video_off: record.userJoinVideoOff,
    ...colours,
    meta: Object.keys(record.meta).length > 0 ? record.meta : null,
    created_at: toIsoTime(record.createdAtMs),
    updated_at: toIsoTime(record.updatedAtMs),
  }
}

export function toConferenceToken(token: ConferenceTokenRecord): ConferenceTokenResource {
  return { id: token.id, name: token.name, token: token.token, scopes: token.scopes }
}
