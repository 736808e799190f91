import type { ValidationErrorEntry, ValidationErrors } from '@roomful/protocol/rest'
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import type { z } from 'zod'
import { StoreConflictError } from '../store/index.ts'

export const statusTexts = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Payload Too Large',
  416: 'Range Not Satisfiable',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const
export type ErrorStatus = keyof typeof statusTexts

export function sendError(reply: FastifyReply, status: ErrorStatus): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send({ error: statusTexts[status] })
}

/** An answer other than what was asked for; handlers return it. */
export class Refusal {
  readonly status: ErrorStatus | 422
  readonly body: { error: string } | ValidationErrors

  constructor(status: ErrorStatus | 422, body: { error: string } | ValidationErrors) {
    this.status = status
    this.body = body
  }
}

export function refuse(status: ErrorStatus): Refusal {
  return new Refusal(status, { error: statusTexts[status] })
}

/** 422 for one field; `attribute` null: not a field's fault. */
export function invalid(attribute: string | null, message: string): Refusal {
  return new Refusal(422, { errors: [entry(attribute, message)] })
}

/** What a write resolves with, or 422 if the name that it gives is taken. */
export async function refusingTakenName<T>(write: Promise<T>): Promise<T | Refusal> {
  try {
    return await write
  } catch (error) {
    if (error instanceof StoreConflictError) return invalid('name', 'Name has already been taken')
    throw error
  }
}

/** Where the original's clients are sent to read about errors; part of the body's published form. */
const errorPage = 'https://signalwire.com/docs/apis/error-codes'

function entry(attribute: string | null, message: string): ValidationErrorEntry {
  return { type: 'validation_error', code: 'invalid_parameter', message, attribute, url: errorPage }
}

/** One entry per field, in the order of the schema. */
export function toValidationErrors(...errors: z.ZodError[]): ValidationErrors {
  const entries = new Map<string | null, ValidationErrorEntry>()
  for (const issue of errors.flatMap(({ issues }) => issues)) {
    const attribute = issue.path.length > 0 ? String(issue.path[0]) : null
    if (!entries.has(attribute)) entries.set(attribute, entry(attribute, issue.message))
  }
  return { errors: [...entries.values()] }
}

/** Bodies of all errors that are not a route's own. `methodsOf`: those that the path of a URL takes. */
export function registerErrorBodies(app: FastifyInstance, methodsOf: (url: string) => string[]): void {
  app.setNotFoundHandler((request, reply) => {
    const methods = methodsOf(request.url)
    if (methods.length === 0 || methods.includes(request.method)) return sendError(reply, 404)
    // Nobody shall look for a typing error in a path that is right (RFC 9110 section 15.5.6).
    reply.header('allow', methods.join(', '))
    return sendError(reply, 405)
  })
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500
    if (status === 413) return sendError(reply, 413)
    // Malformed JSON, a wrong content type, a broken URL.
    if (status >= 400 && status < 500) return sendError(reply, status === 404 ? 404 : 400)
    request.log.error({ err: error }, 'A request failed')
    return sendError(reply, 500)
  })
}
