import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { OpenApiDocument } from '../../src/rest/openapi.ts'

type Answer = { status: number; body: unknown }

/** Compares answers with what the OpenAPI document says of them. */
export class AnswerChecker {
  readonly #document: OpenApiDocument
  readonly #ajv: Ajv2020
  readonly #compiled = new Map<string, ValidateFunction>()
  readonly #paths: { path: string; pattern: RegExp; parameters: number }[]

  constructor(document: OpenApiDocument) {
    this.#document = document
    this.#ajv = new Ajv2020({ strict: false, allErrors: true })
    addFormats.default(this.#ajv)
    this.#ajv.addSchema(closed(document) as object, 'document')
    this.#paths = Object.keys(document.paths)
      .map((path) => ({
        path,
        pattern: new RegExp(`^${path.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}$`),
        parameters: path.split('{').length,
      }))
      // Fixed parts of a path win over parameters.
      .sort((a, b) => a.parameters - b.parameters)
  }

  /** Throws if an answer is not one that the document knows. */
  check(method: string, url: string, { status, body }: Answer): void {
    const pathname = url.replace(/\?.*/s, '')
    const path = this.#paths.find(({ pattern }) => pattern.test(pathname))?.path
    const operation = path && this.#document.paths[path]?.[method.toLowerCase()]
    // What is not there is answered by nobody in particular.
    if (!operation || method === 'HEAD') return
    const told = `${method} ${path} answers ${status}`
    const documented = operation.responses[status]
    if (documented === undefined) throw new Error(`${told}, which is not documented`)
    if (status === 206 || status === 302) return
    const [content] = Object.entries(documented.content ?? {})
    if (content === undefined) {
      if (body !== '') throw new Error(`${told} with a body, which is not documented`)
      return
    }
    const [type] = content
    if (type !== 'application/json') return
    const validate = this.#validator([
      path,
      method.toLowerCase(),
      'responses',
      String(status),
      'content',
      type,
    ])
    if (validate(body)) return
    const errors = this.#ajv.errorsText(validate.errors, { separator: '\n  ' })
    throw new Error(`${told} otherwise than documented:\n  ${errors}\n${JSON.stringify(body).slice(0, 2000)}`)
  }

  #validator(keys: readonly string[]): ValidateFunction {
    const pointer = ['paths', ...keys, 'schema']
      .map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/')
    const known = this.#compiled.get(pointer)
    if (known !== undefined) return known
    const compiled = this.#ajv.compile({ $ref: `document#/${pointer}` })
    this.#compiled.set(pointer, compiled)
    return compiled
  }
}

/** The same with objects that have the documented properties only. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, entry]) => [key, closed(entry)])
  const copy = Object.fromEntries(entries) as Record<string, unknown>
  return copy['type'] === 'object' && 'properties' in copy ? { ...copy, additionalProperties: false } : copy
}
