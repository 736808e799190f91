import type { FastifyInstance } from 'fastify'
import { docsPagePolicy, renderDocsPage } from './docsPage.ts'
import type { Operation } from './endpoint.ts'
import { buildOpenApi, type DocumentedRoute, type OpenApiDocument } from './openapi.ts'

export type DocsOptions = {
  routes: readonly DocumentedRoute[]
  publicUrl: () => string
  version: string
}

const common = { tag: 'Service', auth: 'none', errors: [] } as const

const documentOperation: Operation = {
  ...common,
  id: 'getOpenApi',
  summary: 'This description, as an OpenAPI 3.1 document',
  success: { status: 200, contentType: 'application/json' },
}
const pageOperation: Operation = {
  ...common,
  id: 'getDocs',
  summary: 'This description, as a page',
  success: { status: 200, contentType: 'text/html' },
}

/** `/openapi.json` and the same to read at `/docs`. */
export function docsRoutes(app: FastifyInstance, { routes, publicUrl, version }: DocsOptions): void {
  let made: { document: OpenApiDocument; page: string } | undefined
  // Made when somebody asks: by then every route is there, and the public URL is known.
  const make = () => {
    if (made !== undefined) return made
    const document = buildOpenApi(routes, { publicUrl: publicUrl(), version })
    made = { document, page: renderDocsPage(document) }
    return made
  }
  app.get('/openapi.json', { config: { operation: documentOperation } }, async (_request, reply) => {
    // Tools that live on other origins read it.
    reply.header('access-control-allow-origin', '*')
    return make().document
  })
  app.get('/docs', { config: { operation: pageOperation } }, async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .headers({ 'content-security-policy': docsPagePolicy, 'referrer-policy': 'no-referrer' })
      .send(make().page),
  )
}
