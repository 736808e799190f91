import { readFileSync } from 'node:fs'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/index.ts'
import { RestApi } from './RestApi.ts'

/** Routes that are files, or say that files are missing. */
const fileRoutes = ['GET /', 'GET /*', 'GET /sdk/*']

/** Every endpoint of the original, as its documentation lists them. */
const originalEndpoints = [
  'POST /rooms',
  'GET /rooms',
  'GET /rooms/{id}',
  'PUT /rooms/{id}',
  'DELETE /rooms/{id}',
  'GET /rooms/{id}/streams',
  'POST /rooms/{id}/streams',
  'POST /room_tokens',
  'GET /room_sessions',
  'GET /room_sessions/{id}',
  'GET /room_sessions/{id}/members',
  'GET /room_sessions/{id}/events',
  'GET /room_sessions/{id}/recordings',
  'GET /room_recordings',
  'GET /room_recordings/{id}',
  'DELETE /room_recordings/{id}',
  'GET /room_recordings/{id}/events',
  'GET /streams/{id}',
  'PUT /streams/{id}',
  'DELETE /streams/{id}',
  'POST /conferences',
  'GET /conferences',
  'GET /conferences/{id}',
  'PUT /conferences/{id}',
  'DELETE /conferences/{id}',
  'GET /conferences/{id}/streams',
  'POST /conferences/{id}/streams',
  'GET /conferences/{id}/conference_tokens',
  'GET /conference_tokens/{id}',
  'POST /conference_tokens/{id}/reset',
  'GET /logs',
  'GET /logs/{id}',
]

let api: RestApi
/** `METHOD /path` of every route that the server has, with `{names}` of parameters. */
let served: string[]

beforeAll(async () => {
  const logger = pino({ level: 'silent' })
  api = await RestApi.open((dataDir) => openStore({ dataDir, databaseUrl: undefined, logger }))
  served = routesOf(api.app.printRoutes({ commonPrefix: false }))
})
afterAll(async () => {
  await api?.[Symbol.asyncDispose]()
})

const documented = (): string[] =>
  Object.entries(api.document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )

describe('the OpenAPI document', () => {
  it('has every route of the server, and no other', () => {
    expect(served.length).toBeGreaterThan(40)
    const routes = served.filter((route) => !route.startsWith('HEAD ') && !fileRoutes.includes(route))
    expect(routes.sort()).toEqual(documented().sort())
  })

  it('has every endpoint of the original', () => {
    expect(documented()).toEqual(
      expect.arrayContaining(originalEndpoints.map((endpoint) => endpoint.replace(' ', ' /api/video'))),
    )
  })

  it('names each operation once, and refers to nothing that is not there', () => {
    const operations = Object.values(api.document.paths).flatMap((methods) => Object.values(methods))
    const ids = operations.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    const text = JSON.stringify(api.document)
    const references = new Set(
      [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference = '']) => reference),
    )
    expect(references.size).toBeGreaterThan(10)
    for (const reference of references) {
      const name = /^#\/components\/schemas\/(\w+)$/.exec(reference)?.[1] ?? reference
      expect(api.document.components.schemas, name).toHaveProperty(name)
    }
    expect(text).not.toContain('$defs')
  })

  it('is OpenAPI 3.1, with the status codes that differ from endpoint to endpoint', () => {
    const { openapi, paths, servers } = api.document
    expect(openapi).toBe('3.1.0')
    expect(servers).toEqual([{ url: 'https://rooms.example.com' }])
    const statuses = (path: string, method: string) =>
      Object.keys(paths[`/api/video${path}`]?.[method]?.responses ?? {})
    expect(statuses('/rooms/{id}/streams', 'post')).toEqual([
      ...['201', '400', '401', '403', '404', '413', '422', '500'],
    ])
    expect(statuses('/conferences/{id}/streams', 'post')).toContain('200')
    expect(statuses('/rooms/{id}', 'delete')).toEqual(['204', '400', '401', '403', '404', '500'])
    const endpoints = Object.entries(paths).filter(([path]) => path.startsWith('/api/video'))
    for (const [path, methods] of endpoints) {
      for (const { security } of Object.values(methods)) {
        expect(security, path).toEqual(path.endsWith('/exchange') ? [] : [{ basic: [] }])
      }
    }
  })

  it('describes bodies and queries by the schemas that check them', () => {
    const { schemas } = api.document.components
    expect(schemas['CreateRoom']).toMatchObject({
      required: ['name'],
      properties: {
        name: { type: 'string', maxLength: 100, pattern: '^[A-Za-z0-9_-]+$' },
        max_members: {
          default: 20,
          anyOf: [{ type: 'integer', minimum: 1, maximum: 300 }, { type: 'null' }],
        },
        join_from: { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] },
      },
    })
    const query = api.document.paths['/api/video/room_recordings']?.['get']?.parameters
    expect(query?.find(({ name }) => name === 'media_ttl')).toEqual({
      name: 'media_ttl',
      in: 'query',
      required: false,
      description: expect.any(String),
      schema: { type: 'integer', minimum: 0, maximum: 604_800, default: 900 },
    })
  })
})

describe('docs/rest.md', () => {
  const text = readFileSync(new URL('../../../../docs/rest.md', import.meta.url), 'utf8')

  it('has every endpoint', () => {
    for (const route of documented().filter((each) => each.includes(' /api/video/'))) {
      expect(text).toContain(`| \`${route.replace('/api/video', '')}\` `)
    }
  })

  it('has every query parameter and every field of the API itself', () => {
    const words = new Set([...text.matchAll(/`(\w+)`/g)].map(([, word = '']) => word))
    for (const [path, methods] of Object.entries(api.document.paths)) {
      if (!path.startsWith('/api/video/') || path.includes('webhooks')) continue
      for (const { parameters } of Object.values(methods)) {
        for (const { name } of parameters.filter((each) => each.in === 'query'))
          expect(words, path).toContain(name)
      }
    }
    for (const [schema, { properties }] of Object.entries(api.document.components.schemas)) {
      if (/Webhook|Error|PageLinks/.test(schema)) continue
      for (const name of Object.keys(properties ?? {})) expect(words, schema).toContain(name)
    }
  })
})

describe('the page at /docs', () => {
  it('shows every endpoint, and needs nothing from elsewhere', async () => {
    const response = await api.app.inject('/docs')
    expect(response.statusCode).toBe(200)
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(response.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/)
    for (const methods of Object.values(api.document.paths)) {
      for (const { operationId } of Object.values(methods)) {
        expect(response.body).toContain(`<section id="${operationId}">`)
        expect(response.body).toContain(`href="#${operationId}"`)
      }
    }
    for (const name of Object.keys(api.document.components.schemas)) {
      expect(response.body).toContain(`<section id="schema-${name}">`)
    }
    expect(response.body).not.toMatch(/<script|<link|<img|src=|url\(|undefined|\[object/)
    expect([...response.body.matchAll(/href="([^#][^"]*)"/g)].map(([, href]) => href)).toEqual([
      'openapi.json',
    ])
  })
})

/** `METHOD /path` of each line of Fastify's tree of routes. */
function routesOf(tree: string): string[] {
  const prefixes: string[] = []
  return tree.split('\n').flatMap((line) => {
    const match = /^([\s│├└─]*)(\S*) \(([A-Z, ]+)\)$/.exec(line) ?? /^([\s│├└─]*)(\S+)$/.exec(line)
    if (match === null) return []
    const [, indent = '', part = '', methods = ''] = match
    const depth = Math.round(indent.length / 4)
    prefixes.length = depth
    prefixes[depth] = part
    const path = prefixes.join('').replaceAll(/:(\w+)/g, '{$1}')
    return methods === '' ? [] : methods.split(', ').map((method) => `${method} ${path}`)
  })
}
