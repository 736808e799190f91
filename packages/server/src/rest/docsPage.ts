import { createHash } from 'node:crypto'
import type { JsonSchema, OpenApiDocument, OpenApiOperation } from './openapi.ts'
import { docsStyle } from './docsStyle.ts'

/** No scripts, nothing from elsewhere; the one style sheet is named by its hash. */
export const docsPagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(docsStyle).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The OpenAPI document as a page to read. */
export function renderDocsPage(document: OpenApiDocument): string {
  const { info, tags, paths, components } = document
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  const ofTag = (tag: string) => operations.filter(({ operation }) => operation.tags.includes(tag))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(info.title)} REST API</title>
<style>${docsStyle}</style>
</head>
<body>
<nav aria-label="Endpoints">
<p><a href="#top"><strong>${escape(info.title)} REST API</strong></a> ${escape(info.version)}</p>
${tags
  .map(
    ({ name }) =>
      `<h2>${escape(name)}</h2><ul>${ofTag(name)
        .map(
          ({ method, path, operation }) =>
            `<li><a href="#${operation.operationId}"><span class="method">${method}</span> ${breakable(path)}</a></li>`,
        )
        .join('')}</ul>`,
  )
  .join('\n')}
<h2><a href="#schemas">Schemas</a></h2>
</nav>
<main id="top">
<h1>${escape(info.title)} REST API</h1>
${paragraphs(info.description)}
<p>As a document for programs: <a href="openapi.json">openapi.json</a> (OpenAPI ${document.openapi}).</p>
${tags.map(({ name }) => `<h2>${escape(name)}</h2>${ofTag(name).map(renderOperation).join('\n')}`).join('\n')}
<h2 id="schemas">Schemas</h2>
${Object.entries(components.schemas)
  .map(
    ([name, schema]) =>
      `<section id="schema-${name}"><h3>${name}</h3>${paragraphs(schema['description'])}${fieldTable(schema)}</section>`,
  )
  .join('\n')}
</main>
</body>
</html>
`
}

function renderOperation(entry: { path: string; method: string; operation: OpenApiOperation }): string {
  const { path, method, operation } = entry
  const { operationId, summary, parameters, requestBody, responses, security } = operation
  const query = parameters.filter((parameter) => parameter.in === 'query')
  const body = Object.values(requestBody?.content ?? {})[0]?.schema
  return `<section id="${operationId}">
<h3>${escape(summary)}</h3>
<p><code class="route"><span class="method">${method}</span> ${breakable(path)}</code>${
    security.length === 0 ? ' <small>no credentials needed</small>' : ''
  }</p>
${paragraphs(operation.description)}
${
  query.length === 0
    ? ''
    : `<h4>Query</h4><table><thead><tr><th>Name</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${query
        .map(({ name, schema, required, description }) =>
          row(name, required, schema, [description, limitsOf(schema)]),
        )
        .join('')}</tbody></table>`
}
${body === undefined ? '' : `<h4>Body</h4>${typeOf(body)}`}
<h4>Answers</h4>
<ul>${Object.entries(responses)
    .map(([status, { description, content }]) => {
      const schema = Object.values(content ?? {})[0]?.schema
      const type = schema === undefined || Object.keys(schema).length === 0 ? '' : ` ${typeOf(schema)}`
      return `<li><code>${status}</code> ${escape(description)}${type}</li>`
    })
    .join('')}</ul>
</section>`
}

function fieldTable(schema: JsonSchema): string {
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>
  const required = (schema['required'] ?? []) as string[]
  return `<table><thead><tr><th>Field</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${Object.entries(
    properties,
  )
    .map(([name, field]) =>
      row(name, required.includes(name), field, [
        field['description'] as string | undefined,
        limitsOf(field),
      ]),
    )
    .join('')}</tbody></table>`
}

function row(
  name: string,
  required: boolean,
  schema: JsonSchema,
  notes: readonly (string | undefined)[],
): string {
  const text = notes
    .filter((note) => note)
    .map((note) => inline(note ?? ''))
    .join(' ')
  const name_ = `<code>${escape(name)}</code>${required ? '' : ' <small>optional</small>'}`
  return `<tr><td>${name_}</td><td>${typeOf(schema)}</td><td>${text}</td></tr>`
}

/** A schema in a word or two, with a link if it has a section of its own. */
function typeOf(schema: JsonSchema): string {
  const { $ref, anyOf, type, items, enum: values, format, properties, const: constant } = schema
  if (typeof $ref === 'string') {
    const name = $ref.slice($ref.lastIndexOf('/') + 1)
    return `<a href="#schema-${name}">${name}</a>`
  }
  if (Array.isArray(anyOf)) return (anyOf as JsonSchema[]).map(typeOf).join(' or ')
  if (constant !== undefined) return `<code>${escape(JSON.stringify(constant))}</code>`
  if (Array.isArray(values) && type !== 'boolean') {
    const listed = values.map((value) => `<code>${escape(String(value))}</code>`)
    return listed.length <= 15
      ? listed.join(' ')
      : `<details><summary>one of ${listed.length}</summary>${listed.join(' ')}</details>`
  }
  if (type === 'array') return `list of ${typeOf((items ?? {}) as JsonSchema)}`
  if (type === 'object' && properties !== undefined) return `object ${fieldTable(schema)}`
  const name = Array.isArray(type) ? type.join(' or ') : typeof type === 'string' ? type : 'anything'
  return escape(typeof format === 'string' ? `${name} (${format})` : name)
}

function limitsOf(schema: JsonSchema): string {
  const parts = [schema, ...((schema['anyOf'] ?? []) as JsonSchema[])]
  const find = (key: string) => parts.map((part) => part[key]).find((value) => value !== undefined)
  const number = (key: string): number | undefined => {
    const value = find(key)
    // The ends of what is safe stand for no limit.
    return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined
  }
  const { default: standard, format } = schema
  const [min, max, maxLength] = [number('minimum'), number('maximum'), number('maxLength')]
  const pattern = format === undefined ? find('pattern') : undefined
  const limits = [
    standard !== undefined && `default \`${JSON.stringify(standard)}\``,
    min !== undefined && max !== undefined && `${min} to ${max}`,
    min !== undefined && max === undefined && `at least ${min}`,
    maxLength !== undefined && `at most ${maxLength} characters`,
    pattern !== undefined && `matches \`${String(pattern)}\``,
  ].filter((limit) => limit !== false)
  return limits.length === 0 ? '' : `(${limits.join(', ')})`
}

function paragraphs(text: unknown): string {
  if (typeof text !== 'string') return ''
  return text
    .split('\n\n')
    .map((paragraph) => `<p>${inline(paragraph)}</p>`)
    .join('')
}

/** Text with `code` in it. */
function inline(text: string): string {
  return escape(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}

/** A path that a narrow column may break at its slashes. */
function breakable(path: string): string {
  return escape(path).replaceAll('/', '/<wbr>')
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
}
