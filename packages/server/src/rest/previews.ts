import type { FastifyInstance } from 'fastify'
import type { Previews } from '../previews/Previews.ts'
import type { Operation } from './endpoint.ts'
import { sendError } from './errors.ts'

const operation: Operation = {
  id: 'getPreview',
  tag: 'Service',
  summary: 'The preview of a running session',
  description:
    'An animated WebP of the picture, renewed at least twice a minute at the same URL, which is in `preview_url` of the session. Only of rooms with `enable_room_previews`.',
  auth: 'none',
  success: { status: 200, contentType: 'image/webp' },
  others: { 304: 'No newer one than that of `If-None-Match`' },
  errors: [404],
}

/** `/previews/{id}.webp`. */
export function previewRoutes(app: FastifyInstance, previews: Previews): void {
  app.get<{ Params: { id: string } }>(
    '/previews/:id.webp',
    { config: { operation } },
    async (request, reply) => {
      const preview = previews.get(request.params.id)
      if (preview === undefined) return sendError(reply, 404)
      const etag = `"${preview.version}"`
      reply.headers({
        etag,
        'cache-control': 'no-cache',
        // Pages of any origin show it: the URL is the secret.
        'access-control-allow-origin': '*',
        'cross-origin-resource-policy': 'cross-origin',
      })
      if (request.headers['if-none-match'] === etag) return reply.code(304).send()
      return reply.type('image/webp').send(Buffer.from(preview.webp))
    },
  )
}
