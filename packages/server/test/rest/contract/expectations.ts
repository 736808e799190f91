import { expect } from 'vitest'
import type { Answer, Body, TestProject } from '../RestApi.ts'

export const unknownId = '0e5c1f5e-7a0c-4f1e-9d2b-000000000000'

/** 422 with one entry per attribute, in this order. */
export function expectInvalid(answer: Answer, ...attributes: (string | null)[]): void {
  expect(answer.status, JSON.stringify(answer.body)).toBe(422)
  expect(answer.body).toEqual({
    errors: attributes.map((attribute) => ({
      type: 'validation_error',
      code: 'invalid_parameter',
      message: expect.stringMatching(/^[A-Z].{5,}/),
      attribute,
      url: 'https://signalwire.com/docs/apis/error-codes',
    })),
  })
}

const words: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
}

export function expectError(answer: Answer, status: 400 | 401 | 403 | 404): void {
  expect([answer.status, answer.body]).toEqual([status, { error: words[status] }])
}

export function expectOk(answer: Answer, status = 200): Body {
  expect(answer.status, JSON.stringify(answer.body)).toBe(status)
  return answer.body
}

/** 404 for ids that nobody has, of all forms, and for `others`: ids of other projects. */
export async function expectNotFound(
  project: TestProject,
  method: string,
  pathOf: (id: string) => string,
  { body, others = [] as string[] }: { body?: unknown; others?: string[] } = {},
): Promise<void> {
  for (const id of [unknownId, 'no-uuid', '%20', '%00', '..', "'--", ...others]) {
    expectError(await project.request(method, pathOf(id), { body }), 404)
  }
}

/** 401 without credentials, 403 without the scope: before anything else is looked at. */
export async function expectGuarded(project: TestProject, method: string, path: string): Promise<void> {
  const body = method === 'GET' || method === 'DELETE' ? undefined : '{'
  expectError(await project.request(method, path, { body, authorization: null }), 401)
  const unscoped = await project.api.newProject({ scopes: ['messaging'] })
  expectError(await unscoped.request(method, path, { body }), 403)
}

/** 400 for bodies that are no JSON objects. */
export async function expectMalformed(project: TestProject, method: string, path: string): Promise<void> {
  for (const body of ['{', '[]', 'null', '"x"', '7', '']) {
    expectError(await project.request(method, path, { body }), 400)
  }
  expectError(await project.request(method, path), 400)
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  expectError(await project.request(method, path, { body: 'name=x', headers: form }), 400)
}

export type FieldCase = readonly [field: string, value: unknown]

/** Every pair of a field and a value is refused, alone, by its field's name. */
export async function expectEachInvalid(
  send: (fields: Record<string, unknown>) => Promise<Answer>,
  cases: readonly FieldCase[],
): Promise<void> {
  for (const [field, value] of cases) {
    const answer = await send({ [field]: value })
    expect(answer.status, `${field}: ${JSON.stringify(value)?.slice(0, 100)}`).toBe(422)
    expectInvalid(answer, field)
  }
}

/** What paging through a list gives, to its end and back; `expected` ids, newest first. */
export async function expectPages(
  project: TestProject,
  path: string,
  expected: readonly string[],
  { pageSize = 2 } = {},
): Promise<void> {
  const idsOf = (body: Body): string[] => (body.data as { id: string }[]).map(({ id }) => id)
  const join = path.includes('?') ? '&' : '?'
  const all = expectOk(await project.get(path))
  expect(idsOf(all)).toEqual(expected)
  expect(Object.keys(all.links)).toEqual(['self', 'first'])

  const seen: string[][] = []
  let next: string | undefined = `${path}${join}page_size=${pageSize}`
  let last: Body
  while (next !== undefined) {
    const body: Body = expectOk(await project.get(next))
    const query = new URL(body.links.self as string).searchParams
    expect(Number(query.get('page_number'))).toBe(seen.length)
    expect(body.links.first).toMatch(/page_number=0&page_size=\d+$/)
    expect('prev' in body.links).toBe(seen.length > 0)
    // The links lead to themselves.
    expect(idsOf(expectOk(await project.get(body.links.self)))).toEqual(idsOf(body))
    seen.push(idsOf(body))
    last = body
    next = body.links.next as string | undefined
  }
  expect(seen.flat()).toEqual(expected)
  expect(seen.slice(0, -1).every((page) => page.length === pageSize)).toBe(true)

  for (let page = seen.length - 2; page >= 0; page--) {
    last = expectOk(await project.get(last.links.prev))
    expect(idsOf(last)).toEqual(seen[page])
  }
  expect(last.links).not.toHaveProperty('prev')
  await expectPagingRules(project, path)
}

async function expectPagingRules(project: TestProject, path: string): Promise<void> {
  const join = path.includes('?') ? '&' : '?'
  const get = (query: string) => project.get(`${path}${join}${query}`)
  expectInvalid(await get('page_number=1'), 'page_token')
  for (const value of ['-1', 'x', '1.5', '']) expectInvalid(await get(`page_number=${value}`), 'page_number')
  for (const value of ['0', '1001', '-1', 'ten', ''])
    expectInvalid(await get(`page_size=${value}`), 'page_size')
  for (const value of ['x', 'PA', 'PAzz', 'PA'.padEnd(18, 'f')]) {
    expectInvalid(await get(`page_token=${value}`), 'page_token')
  }
  expectInvalid(await get('page_number=x&page_size=0&page_token=x'), 'page_number', 'page_size', 'page_token')
  expectInvalid(await get('page_size=5&page_size=6'), 'page_size')
  expectOk(await get('page_size=1000&page_number=0&unknown=1'))
}
