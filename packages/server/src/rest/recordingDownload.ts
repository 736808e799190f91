import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { isInBucket, type OpenRecordingStorage } from '../storage/index.ts'
import type { Store } from '../store/index.ts'
import { toId, type Operation } from './endpoint.ts'
import { sendError } from './errors.ts'
import { parseRange } from './range.ts'

export type RecordingDownloadOptions = OpenRecordingStorage & { store: Pick<Store, 'recordings'> }

/** A link to a bucket that is given in place of one to this server: enough to follow it. */
const redirectTtlSeconds = 60

const querySchema = z.object({
  expires: z.string().default('').describe('Unix time in seconds.'),
  signature: z.string().default(''),
})

const operation: Operation = {
  id: 'downloadRecording',
  tag: 'Recordings',
  summary: 'The file that the `uri` of a recording leads to',
  description:
    'Only whole links work, as `uri` gives them, until they expire: 403 afterwards. Answers ranges of bytes ' +
    '(RFC 9110 section 14) with 206, so players can seek.',
  auth: 'none',
  query: querySchema,
  success: { status: 200, contentType: 'video/mp4', description: 'The file.' },
  others: {
    206: 'The range of the file that was asked for.',
    302: 'The file was moved to a bucket since the link was made.',
  },
  errors: [403, 404, 416],
}

/** Gives out files of recordings by signed links. */
export function recordingDownloadRoute(app: FastifyInstance, options: RecordingDownloadOptions): void {
  const { store, storage, files, links } = options
  const send = async (request: FastifyRequest, reply: FastifyReply) => {
    const { projectId, file } = request.params as { projectId: string; file: string }
    const query = querySchema.safeParse(request.query)
    const recordingId = file.endsWith('.mp4') ? toId(file.slice(0, -'.mp4'.length)) : undefined
    if (recordingId === undefined) return sendError(reply, 404)
    const isValid =
      query.success && links.isValid({ projectId, recordingId }, query.data.expires, query.data.signature)
    if (!isValid) return sendError(reply, 403)
    const recording = await store.recordings.find(projectId, recordingId)
    if (recording === null) return sendError(reply, 404)
    // It was moved since the link was made.
    if (isInBucket(recording.path))
      return reply.redirect(await storage.temporaryUrl(recording, redirectTtlSeconds))
    const path = files.resolve(recording.path)
    if (path === undefined) return sendError(reply, 404)
    return sendFile(request, reply, path, recordingId)
  }
  app.get('/media/recordings/:projectId/:file', { config: { operation }, exposeHeadRoute: false }, send)
  app.head('/media/recordings/:projectId/:file', send)
}

async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
  recordingId: string,
): Promise<FastifyReply> {
  const stats = await stat(path).catch(() => undefined)
  if (stats === undefined || !stats.isFile()) return sendError(reply, 404)
  const { size, mtime, mtimeMs } = stats
  const etag = `"${size.toString(16)}-${Math.floor(mtimeMs).toString(16)}"`
  void reply.headers({
    'accept-ranges': 'bytes',
    'cache-control': 'private',
    'content-disposition': `inline; filename="recording-${recordingId}.mp4"`,
    'cross-origin-resource-policy': 'cross-origin',
    etag,
    'last-modified': mtime.toUTCString(),
  })
  const ifRange = request.headers['if-range']
  const range = ifRange === undefined || ifRange === etag ? parseRange(request.headers.range, size) : 'whole'
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${size}`)
    return sendError(reply, 416)
  }
  const { start, end } = range === 'whole' ? { start: 0, end: size - 1 } : range
  if (range !== 'whole') reply.code(206).header('content-range', `bytes ${start}-${end}/${size}`)
  reply.type('video/mp4').header('content-length', end - start + 1)
  if (request.method === 'HEAD' || size === 0) return reply.send()
  return reply.send(createReadStream(path, { start, end }))
}
