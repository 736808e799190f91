import { randomBytes, randomUUID } from 'node:crypto'
import type { Permission } from '@roomful/protocol'
import {
  conferenceTokenSchema,
  exchangeConferenceTokenSchema,
  pagingQuerySchema,
  roomTokenSchema,
} from '@roomful/protocol/rest'
import type { FastifyInstance } from 'fastify'
import type { ConferenceRecord, ConferenceTokenRecord } from '../store/index.ts'
import { apiBase, type RestContext } from './context.ts'
import { endpoint, findByPath, toId } from './endpoint.ts'
import { refuse } from './errors.ts'
import { listEndpoint, mapPage } from './list.ts'
import { toConferenceToken } from './resources/conference.ts'

const guestScopes: readonly Permission[] = [
  'room.self.audio_mute',
  'room.self.audio_unmute',
  'room.self.video_mute',
  'room.self.video_unmute',
  'room.self.deaf',
  'room.self.undeaf',
  'room.self.set_input_volume',
  'room.self.set_output_volume',
  'room.self.set_input_sensitivity',
  'room.self.raisehand',
  'room.self.lowerhand',
]
const moderatorScopes: readonly Permission[] = [
  ...guestScopes,
  'room.self.screenshare',
  'room.self.additional_source',
  'room.member.audio_mute',
  'room.member.audio_unmute',
  'room.member.video_mute',
  'room.member.video_unmute',
  'room.member.deaf',
  'room.member.undeaf',
  'room.member.lowerhand',
  'room.member.remove',
  'room.list_available_layouts',
  'room.set_layout',
  'room.recording',
]

/** The two that every conference has. */
export function newConferenceTokens(
  { id, projectId }: Pick<ConferenceRecord, 'id' | 'projectId'>,
  nowMs: number,
): ConferenceTokenRecord[] {
  const token = (name: string, scopes: readonly Permission[]): ConferenceTokenRecord => ({
    id: randomUUID(),
    projectId,
    conferenceId: id,
    name,
    token: newTokenString(),
    scopes: [...scopes],
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  })
  return [token('moderator', moderatorScopes), token('guest', guestScopes)]
}

function newTokenString(): string {
  return `vpt_${randomBytes(16).toString('hex')}`
}

export function conferenceTokenRoutes(app: FastifyInstance, context: RestContext): void {
  const { store, authenticate, clock } = context
  const common = { tag: 'Conference tokens', authenticate }

  listEndpoint(
    app,
    context,
    {
      ...common,
      url: `${apiBase}/conferences/:id/conference_tokens`,
      id: 'listConferenceTokens',
      summary: 'List the tokens of a conference',
      query: pagingQuerySchema,
      entry: conferenceTokenSchema,
    },
    async (call, wanted) => {
      const conference = await findByPath(store.conferences, call)
      if (conference === null) return refuse(404)
      const page = await store.conferenceTokens.list(call.projectId, conference.id, wanted)
      return mapPage(page, toConferenceToken)
    },
  )

  endpoint(
    app,
    {
      ...common,
      method: 'GET',
      url: `${apiBase}/conference_tokens/:id`,
      id: 'getConferenceToken',
      summary: 'One conference token',
      success: { status: 200, schema: conferenceTokenSchema },
      errors: [401, 403, 404],
    },
    async (call) => {
      const token = await findByPath(store.conferenceTokens, call)
      return token === null ? refuse(404) : toConferenceToken(token)
    },
  )

  endpoint(
    app,
    {
      ...common,
      method: 'POST',
      url: `${apiBase}/conference_tokens/:id/reset`,
      id: 'resetConferenceToken',
      summary: 'Give a conference token a new string',
      description: 'The old string stops working at once. Who has joined with it stays.',
      success: { status: 200, schema: conferenceTokenSchema },
      errors: [401, 403, 404],
    },
    async ({ projectId, params }) => {
      const id = toId(params['id'])
      const token =
        id === undefined
          ? null
          : await store.conferenceTokens.reset(projectId, id, newTokenString(), clock.nowMs())
      return token === null ? refuse(404) : toConferenceToken(token)
    },
  )

  exchangeRoute(app, context)
}

/** Pages of any origin may exchange: the token is all that it takes, no cookie goes along. */
const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'content-type',
  'access-control-max-age': '86400',
}

function exchangeRoute(app: FastifyInstance, { store, mintToken }: RestContext): void {
  const url = `${apiBase}/conference_tokens/exchange`
  const tag = 'Conference tokens'
  endpoint(
    app,
    {
      method: 'OPTIONS',
      url,
      id: 'preflightConferenceTokenExchange',
      tag,
      summary: 'Tells browsers that pages of every origin may exchange tokens',
      success: { status: 204 },
      headers: corsHeaders,
      errors: [],
    },
    async () => undefined,
  )
  endpoint(
    app,
    {
      method: 'POST',
      url,
      id: 'exchangeConferenceToken',
      tag,
      summary: 'Make a room token of a conference token',
      description:
        "An endpoint of Roomful's own: the original does not publish its one. It needs no API token: the " +
        'conference token is the credential, so pages can call it, from every origin. A string that has been ' +
        'reset, or whose conference is gone, is refused with 401.',
      body: exchangeConferenceTokenSchema,
      success: { status: 200, schema: roomTokenSchema },
      headers: corsHeaders,
      errors: [401, 422],
    },
    async ({ body }) => {
      const token = await store.conferenceTokens.findByToken(body.token)
      if (token === null) return refuse(401)
      const conference = await store.conferences.find(token.projectId, token.conferenceId)
      if (conference === null) return refuse(401)
      return {
        token: await mintToken(token.projectId, {
          u: body.user_name ?? undefined,
          r: conference.name,
          s: token.scopes,
          ja: 'member',
          ma: 'all',
          acr: false,
          join_video_muted: conference.userJoinVideoOff,
        }),
      }
    },
  )
}
