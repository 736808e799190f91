import {
  eventSchema,
  getRecordingQuerySchema,
  listRecordingsQuerySchema,
  pagingQuerySchema,
  recordingSchema,
} from '@roomful/protocol/rest'
import type { FastifyInstance } from 'fastify'
import { apiBase, type RestContext } from './context.ts'
import { endpoint, findByPath } from './endpoint.ts'
import { invalid, refuse } from './errors.ts'
import { listEndpoint, mapPage } from './list.ts'
import { toEvent } from './resources/event.ts'
import { toRecording, toRecordings } from './resources/recording.ts'

const url = `${apiBase}/room_recordings`

export function recordingRoutes(app: FastifyInstance, context: RestContext): void {
  const { store, storage, authenticate } = context
  const common = { tag: 'Recordings', authenticate }

  listEndpoint(
    app,
    context,
    {
      ...common,
      url,
      id: 'listRecordings',
      summary: 'List recordings',
      query: listRecordingsQuerySchema,
      entry: recordingSchema,
    },
    async ({ projectId, query }, wanted) =>
      toRecordings(await store.recordings.list(projectId, wanted), query.media_ttl, context),
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
    async (call) => {
      const recording = await findByPath(store.recordings, call)
      return recording === null ? refuse(404) : toRecording(recording, call.query.media_ttl, context)
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
    async (call) => {
      const recording = await findByPath(store.recordings, call)
      if (recording === null) return refuse(404)
      if (recording.status !== 'completed') {
        return invalid('status', `Status is "${recording.status}": only complete recordings can be deleted`)
      }
      // The file first: a record without a file can be deleted again, a file without a record is lost.
      await storage.delete(recording)
      const deleted = await store.recordings.delete(call.projectId, recording.id)
      return deleted === null ? refuse(404) : undefined
    },
  )

  listEndpoint(
    app,
    context,
    {
      ...common,
      url: `${url}/:id/events`,
      id: 'listRecordingEvents',
      summary: 'List what happened to a recording',
      query: pagingQuerySchema,
      entry: eventSchema,
    },
    async (call, wanted) => {
      const recording = await findByPath(store.recordings, call)
      if (recording === null) return refuse(404)
      return mapPage(await store.events.list(call.projectId, { recordingId: recording.id }, wanted), toEvent)
    },
  )
}
