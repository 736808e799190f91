import { z } from 'zod'
import { anyObject, component, isoTime, uuid } from './answers.ts'
import { choice, flag, maxDisplayNameLength, nameField, requiredText } from './fields.ts'
import { activeSessionSchema, arrivalFields, roomQualities, sharedRoomFields } from './room.ts'
import { includeActiveSession, pagedQuery, queryTime } from './query.ts'

export const conferenceSizes = ['small', 'medium', 'large'] as const
export type ConferenceSize = (typeof conferenceSizes)[number]

/** Members at one time. */
export const conferenceMaxMembers: Readonly<Record<ConferenceSize, number>> = {
  small: 10,
  medium: 50,
  large: 300,
}

/** Default colour of each part; the same in both themes. */
export const colourDefaults = {
  primary: '#044EF4',
  background: '#FFFFFF',
  foreground: '#1D2127',
  success: '#17BB58',
  negative: '#F42C50',
} as const
type Part = keyof typeof colourDefaults
export type ColourName = `${'dark' | 'light'}_${Part}`

const parts = Object.keys(colourDefaults) as Part[]
export const colourNames: readonly ColourName[] = (['dark', 'light'] as const).flatMap((theme) =>
  parts.map((part) => `${theme}_${part}` as const),
)

export function defaultColour(name: ColourName): string {
  return colourDefaults[name.slice(name.indexOf('_') + 1) as Part]
}

const colour = (name: ColourName) => {
  const label = name.charAt(0).toUpperCase() + name.slice(1).replace('_', ' ')
  return z
    .string(`${label} must be a string`)
    .regex(/^#[0-9a-fA-F]{6}$/, `${label} must be a colour such as ${defaultColour(name)}`)
    .nullish()
    .meta({ default: defaultColour(name) })
}

function eachColour<T>(make: (name: ColourName) => T): Record<ColourName, T> {
  return Object.fromEntries(colourNames.map((name) => [name, make(name)])) as Record<ColourName, T>
}

const conferenceFields = {
  display_name: requiredText('Display name', { max: maxDisplayNameLength }),
  ...sharedRoomFields,
  size: choice('Size', conferenceSizes).nullish().meta({
    description: 'Members at one time: small 10, medium 50, large 300.',
    default: 'medium',
  }),
  enable_chat: flag('Enable chat').meta({ default: true }),
  ...eachColour(colour),
}

export const createConferenceSchema = component(
  'CreateConference',
  z.object({
    name: nameField('Name')
      .nullish()
      .describe('Unique in the project, over rooms and conferences. Default: a generated one.'),
    ...conferenceFields,
  }),
)
export type CreateConference = z.infer<typeof createConferenceSchema>

export const updateConferenceSchema = component(
  'UpdateConference',
  z
    .object({
      ...conferenceFields,
      ...arrivalFields,
    })
    .describe('Fields that are left out stay as they are; null sets the default.'),
)
export type UpdateConference = z.infer<typeof updateConferenceSchema>

export const listConferencesQuerySchema = pagedQuery({
  ...includeActiveSession,
  starts_after: queryTime('Starts after', 'Conferences whose `join_from` is at or after it.', { unix: true }),
  ends_before: queryTime('Ends before', 'Conferences whose `join_until` is at or before it.', { unix: true }),
})
export const getConferenceQuerySchema = z.object(includeActiveSession)

export const conferenceSchema = component(
  'Conference',
  z.object({
    id: uuid(),
    name: z.string(),
    display_name: z.string(),
    description: z.string().nullable(),
    join_from: isoTime().nullable(),
    join_until: isoTime().nullable(),
    quality: z.enum(roomQualities),
    layout: z.string(),
    size: z.enum(conferenceSizes),
    record_on_start: z.boolean(),
    enable_room_previews: z.boolean(),
    enable_chat: z.boolean(),
    tone_on_entry_and_exit: z.boolean(),
    room_join_video_off: z.boolean(),
    user_join_video_off: z.boolean(),
    ...eachColour(() => z.string()),
    meta: anyObject().nullable(),
    active_session: activeSessionSchema
      .optional()
      .describe('With `include_active_session=true`, while a session is running.'),
    created_at: isoTime(),
    updated_at: isoTime(),
  }),
)
export type ConferenceResource = z.infer<typeof conferenceSchema>

export const conferenceTokenSchema = component(
  'ConferenceToken',
  z.object({
    id: uuid(),
    name: z.string().meta({ examples: ['moderator', 'guest'] }),
    token: z.string().meta({ description: '`vpt_` and 32 hexadecimal digits.', examples: ['vpt_62c6…'] }),
    scopes: z.array(z.string()),
  }),
)
export type ConferenceTokenResource = z.infer<typeof conferenceTokenSchema>

/** Body of the exchange of a conference token for a room token: an endpoint of Roomful's own. */
export const exchangeConferenceTokenSchema = component(
  'ExchangeConferenceToken',
  z.object({
    token: z
      .string({
        error: ({ input }) =>
          input === undefined || input === null ? 'Token must be present' : 'Token must be a string',
      })
      .regex(/^vpt_[0-9a-f]{32}$/, 'Token must be "vpt_" and 32 hexadecimal digits'),
    user_name: requiredText('User name', { max: 100 }).nullish().describe('Default: a random one.'),
  }),
)
