import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import type { z } from 'zod'
import { Refusal, sendError, toValidationErrors, type ErrorStatus } from './errors.ts'

/** What the OpenAPI document says of a route. Routes of other kinds carry one in their `config.operation`. */
export type Operation = {
  /** `operationId`: unique. */
  id: string
  tag: string
  summary: string
  description?: string
  /** Whether HTTP Basic credentials are needed. */
  auth: 'basic' | 'none'
  query?: z.ZodType
  body?: z.ZodType
  /** The status of success and what comes with it. */
  success: { status: 200 | 201 | 204; schema?: z.ZodType; contentType?: string; description?: string }
  /** Further answers that are no errors: status and what it means. */
  others?: Readonly<Record<number, string>>
  errors: readonly (ErrorStatus | 422)[]
}

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: Operation
  }
  interface FastifyRequest {
    /** The project of the credentials; empty on routes that need none. */
    projectId: string
  }
}

type Output<T> = T extends z.ZodType ? z.output<T> : undefined
type Answer<T> = T extends z.ZodType ? z.input<T> : undefined

export type EndpointOptions<Q, B, A> = Omit<Operation, 'auth' | 'query' | 'body' | 'success'> & {
  method: HTTPMethods
  /** With `:names` of parameters. */
  url: string
  query?: Q
  body?: B
  success: { status: 200 | 201 | 204; schema?: A; description?: string }
  /** Of every answer, errors too. */
  headers?: Readonly<Record<string, string>>
  /** Checks the credentials before anything else is looked at; absent: the endpoint is for everybody. */
  authenticate?: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>
}

export type EndpointCall<Q, B> = {
  projectId: string
  params: Record<string, string>
  query: Output<Q>
  body: Output<B>
  request: FastifyRequest
  reply: FastifyReply
}

/**
 * Registers an endpoint whose schemas check its requests and describe it in the OpenAPI document. The handler
 * gives the body of the answer, or a `Refusal`.
 */
export function endpoint<
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
  A extends z.ZodType | undefined = undefined,
>(
  app: FastifyInstance,
  options: EndpointOptions<Q, B, A>,
  handle: (call: EndpointCall<Q, B>) => Promise<Answer<A> | Refusal>,
): void {
  const { method, url, authenticate, headers, query, body, success, ...described } = options
  const operation: Operation = {
    ...described,
    auth: authenticate === undefined ? 'none' : 'basic',
    query,
    body,
    success,
  }
  app.route({
    method,
    url,
    config: { operation },
    onRequest: async (request, reply) => {
      if (headers !== undefined) reply.headers(headers)
      return authenticate?.(request, reply)
    },
    handler: async (request, reply) => {
      if (body !== undefined && !isObject(request.body)) return sendError(reply, 400)
      const parsedQuery = query?.safeParse(request.query)
      const parsedBody = body?.safeParse(request.body)
      if (parsedQuery?.success === false || parsedBody?.success === false) {
        const errors = [parsedQuery?.error, parsedBody?.error].filter((error) => error !== undefined)
        return reply.code(422).send(toValidationErrors(...errors))
      }
      const answer = await handle({
        projectId: request.projectId,
        params: request.params as Record<string, string>,
        query: parsedQuery?.data as Output<Q>,
        body: parsedBody?.data as Output<B>,
        request,
        reply,
      })
      if (answer instanceof Refusal) return reply.code(answer.status).send(answer.body)
      return reply.code(success.status).send(answer)
    },
  })
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** What of a project has the id that a path names; null: nothing. */
export async function findByPath<T>(
  repository: { find(projectId: string, id: string): Promise<T | null> },
  { projectId, params }: Pick<EndpointCall<undefined, undefined>, 'projectId' | 'params'>,
): Promise<T | null> {
  const id = toId(params['id'])
  return id === undefined ? null : repository.find(projectId, id)
}

/** The id that a path names, as the store writes ids; undefined if it cannot be one, so that nothing has it. */
export function toId(text: string | undefined): string | undefined {
  const id = text?.toLowerCase()
  return id !== undefined && uuidPattern.test(id) ? id : undefined
}
