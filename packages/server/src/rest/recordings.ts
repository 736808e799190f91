import {
  eventSchema,
  getRecordingQuerySchema,
  listRecordingsQuerySchema,
  pageOf,
  pagingQuerySchema,
  recordingSchema,
} from '@roomful/protocol/rest'
import type { FastifyInstance } from 'fastify'
import type { RecordingRecord } from '../store/index.ts'
import { apiBase, type RestContext } from './context.ts'
import { endpoint, toId } from './endpoint.ts'
import { invalid, refuse, Refusal } from './errors.ts'
import { toPage, toPageRequest } from './paging.ts'
import { toEvent } from './resources/event.ts'
import { toRecording } from './resources/recording.ts'

const url = `${apiBase}/room_recordings`

export function recordingRoutes(app: FastifyInstance, context: RestContext): void {
  const { store, storage, authenticate, publicUrl } = context
  const common = { tag: 'Recordings', authenticate }
  const find = async (projectId: string, text: string | undefined): Promise<RecordingRecord | null> => {
    const id = toId(text)
    return id === undefined ? null : store.recordings.find(projectId, id)
  }

  endpoint(
    app,
    {
      ...common,
      method: 'GET',
      url,
      id: 'listRecordings',
      summary: 'List recordings',
      query: listRecordingsQuerySchema,
      success: { status: 200, schema: pageOf(recordingSchema) },
      errors: [401, 403, 422],
    },
    async ({ projectId, query, request }) => {
      const wanted = toPageRequest(query)
      if (wanted instanceof Refusal) return wanted
      const page = await store.recordings.list(projectId, wanted)
      const data = await Promise.all(
        page.items.map((recording) => toRecording(recording, query.media_ttl, context)),
      )
      return toPage(request, { query, page, data, publicUrl: publicUrl() })
    },
  )

  endpoint(
    app,
    {
      ...common,
      method: 'GET',
      url: `${url}/:id`,
      id: 'getRecording',
      summary: 'One recording',
      query: getRecordingQuerySchema,
      success: { status: 200, schema: recordingSchema },
      errors: [401, 403, 404, 422],
    },
    async ({ projectId, params, query }) => {
      const recording = await find(projectId, params['id'])
      return recording === null ? refuse(404) : toRecording(recording, query.media_ttl, context)
    },
  )

  endpoint(
    app,
    {
      ...common,
      method: 'DELETE',
      url: `${url}/:id`,
      id: 'deleteRecording',
      summary: 'Delete a recording and its file',
      description: 'One that is still being made is refused with 422.',
      success: { status: 204 },
      errors: [401, 403, 404, 422],
    },
    async ({ projectId, params }) => {
      const recording = await find(projectId, params['id'])
      if (recording === null) return refuse(404)
      if (recording.status !== 'completed') {
        return invalid('status', `Status is "${recording.status}": only complete recordings can be deleted`)
      }
      // The file first: a record without a file can be deleted again, a file without a record is lost.
      await storage.delete(recording)
      const deleted = await store.recordings.delete(projectId, recording.id)
      return deleted === null ? refuse(404) : undefined
    },
  )

  endpoint(
    app,
    {
      ...common,
      method: 'GET',
      url: `${url}/:id/events`,
      id: 'listRecordingEvents',
      summary: 'List what happened to a recording',
      query: pagingQuerySchema,
      success: { status: 200, schema: pageOf(eventSchema) },
      errors: [401, 403, 404, 422],
    },
    async ({ projectId, params, query, request }) => {
      const wanted = toPageRequest(query)
      if (wanted instanceof Refusal) return wanted
      const recording = await find(projectId, params['id'])
      if (recording === null) return refuse(404)
      const page = await store.events.list(projectId, { recordingId: recording.id }, wanted)
      return toPage(request, { query, page, data: page.items.map(toEvent), publicUrl: publicUrl() })
    },
  )
}
