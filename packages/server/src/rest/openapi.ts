import { errorSchema, validationErrorSchema } from '@roomful/protocol/rest'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Operation } from './endpoint.ts'
import { statusTexts, type ErrorStatus } from './errors.ts'

export type JsonSchema = { [key: string]: unknown }
export type DocumentedRoute = { method: string; url: string; operation: Operation }

export type OpenApiOperation = {
  operationId: string
  tags: string[]
  summary: string
  description?: string
  security: Record<string, string[]>[]
  parameters: {
    name: string
    in: 'path' | 'query'
    required: boolean
    description?: string
    schema: JsonSchema
  }[]
  requestBody?: { required: true; content: Record<string, { schema: JsonSchema }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: JsonSchema }> }>
}
export type OpenApiDocument = {
  openapi: '3.1.0'
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } }
  servers: { url: string }[]
  tags: { name: string }[]
  paths: Record<string, Record<string, OpenApiOperation>>
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, JsonSchema> }
}

/** Notes every route that is registered from now on and says what it does. */
export function collectOperations(app: FastifyInstance): DocumentedRoute[] {
  const routes: DocumentedRoute[] = []
  app.addHook('onRoute', ({ method, url, config }) => {
    const operation = config?.operation
    if (operation === undefined) return
    for (const each of [method].flat()) {
      // Those that come with every GET.
      if (each !== 'HEAD') routes.push({ method: each, url, operation })
    }
  })
  return routes
}

/** The methods that the path of a URL takes; none: there is no such path. */
export function methodsOf(routes: readonly DocumentedRoute[], url: string): string[] {
  const path = url.replace(/[?#].*/s, '')
  const methods = routes.filter((route) => toPattern(route.url).test(path)).map(({ method }) => method)
  return methods.includes('GET') ? ['HEAD', ...methods] : methods
}

function toPattern(url: string): RegExp {
  return new RegExp(`^${url.replaceAll('.', String.raw`\.`).replaceAll(/:\w+/g, '[^/]+')}$`)
}

const description =
  `The REST API of Roomful, video rooms on your own server. Everything under \`/api/video\` has the
paths, fields and answers of the service that it takes the place of.

Requests carry HTTP Basic credentials: the project id as user, an API token as password. Bodies are JSON. Times are
RFC 3339; a bare date is its first moment in UTC. Lists are newest first; follow \`links.next\` until it is absent.
Fields and query parameters that are not listed here are ignored.`.replaceAll(/(?<!\n)\n(?!\n)/g, ' ')

/** The OpenAPI 3.1 document of the routes. */
export function buildOpenApi(
  routes: readonly DocumentedRoute[],
  { publicUrl, version }: { publicUrl: string; version: string },
): OpenApiDocument {
  const paths: OpenApiDocument['paths'] = {}
  const schemas = new SchemaWriter()
  for (const { method, url, operation } of routes) {
    const path = url.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [method.toLowerCase()]: toOpenApiOperation(path, operation, schemas) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Roomful', version, description, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: publicUrl }],
    tags: [...new Set(routes.map(({ operation }) => operation.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.named,
      securitySchemes: {
        basic: {
          type: 'http',
          scheme: 'basic',
          description: 'User: project id. Password: an API token with the scope `video`.',
        },
      },
    },
  }
}

/**
 * Schemas of the document. Those that have a name are put into `named`, and referred to.
 */
class SchemaWriter {
  readonly named: Record<string, JsonSchema> = {}

  write(schema: z.ZodType): JsonSchema {
    const {
      $defs = {},
      $schema: _dialect,
      ...written
    } = tidy(z.toJSONSchema(schema, { io: 'input', override: restoreDefault }))
    Object.assign(this.named, $defs)
    return written
  }
}

function toOpenApiOperation(path: string, operation: Operation, schemas: SchemaWriter): OpenApiOperation {
  const { id, tag, summary, auth, query, body, success, errors } = operation
  // A broken URL or body, one too large, a failure of ours: what every endpoint may meet.
  const common = body === undefined ? ([400, 500] as const) : ([400, 413, 500] as const)
  const statuses = [...new Set([...errors, ...common])].sort((a, b) => a - b)
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(operation.description !== undefined && { description: operation.description }),
    security: auth === 'basic' ? [{ basic: [] }] : [],
    parameters: [...pathParameters(path), ...queryParameters(query, schemas)],
    ...(body && { requestBody: { required: true, content: json(schemas.write(body)) } }),
    responses: {
      [success.status]: {
        description: success.description ?? (success.status === 204 ? 'Done.' : 'Success.'),
        ...(success.schema && { content: json(schemas.write(success.schema)) }),
        ...(success.contentType && { content: { [success.contentType]: { schema: {} } } }),
      },
      ...Object.fromEntries(
        Object.entries(operation.others ?? {}).map(([status, text]) => [status, { description: text }]),
      ),
      ...Object.fromEntries(statuses.map((status) => [status, errorResponse(status, schemas)])),
    },
  }
}

function errorResponse(status: ErrorStatus | 422, schemas: SchemaWriter) {
  if (status !== 422) return { description: statusTexts[status], content: json(schemas.write(errorSchema)) }
  return { description: 'Invalid fields', content: json(schemas.write(validationErrorSchema)) }
}

function json(schema: JsonSchema): Record<string, { schema: JsonSchema }> {
  return { 'application/json': { schema } }
}

function pathParameters(path: string): OpenApiOperation['parameters'] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path' as const,
    required: true,
    schema: { type: 'string' },
  }))
}

function queryParameters(
  query: z.ZodType | undefined,
  schemas: SchemaWriter,
): OpenApiOperation['parameters'] {
  if (query === undefined) return []
  const { properties = {}, required = [] } = schemas.write(query) as {
    properties?: Record<string, JsonSchema>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query' as const,
    required: required.includes(name),
    ...(typeof description === 'string' && { description }),
    schema,
  }))
}

/** Zod drops the default of what is given as one type and read as another, though it is what the client reads. */
function restoreDefault({ zodSchema, jsonSchema }: { zodSchema: unknown; jsonSchema: JsonSchema }): void {
  const { default: given } = z.globalRegistry.get(zodSchema as z.ZodType) ?? {}
  if (given !== undefined) jsonSchema['default'] = given
}

/** With references as the document has them, and without what says nothing in it. */
function tidy(schema: unknown): JsonSchema {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) => {
      if (key === 'propertyNames') return undefined
      if (key === '$ref' && typeof value === 'string')
        return value.replace('#/$defs/', '#/components/schemas/')
      return value
    }),
  ) as JsonSchema
}
