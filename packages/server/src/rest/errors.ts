import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import type { z } from 'zod'

const statusTexts = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  413: 'Payload Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const
type ErrorStatus = keyof typeof statusTexts

export function sendError(reply: FastifyReply, status: ErrorStatus): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send({ error: statusTexts[status] })
}

/** One entry of a 422 body. */
export type ValidationErrorEntry = {
  type: 'validation_error'
  code: 'invalid_parameter'
  message: string
  /** The field that is wrong; null if it is the whole body. */
  attribute: string | null
  url: string
}

/** Where the original's clients are sent to read about errors; part of the body's published form. */
const errorPage = 'https://signalwire.com/docs/apis/error-codes'

/** One entry per field, in the order of the schema. */
export function toValidationErrors(error: z.ZodError): { errors: ValidationErrorEntry[] } {
  const entries = new Map<string | null, ValidationErrorEntry>()
  for (const issue of error.issues) {
    const attribute = issue.path.length > 0 ? String(issue.path[0]) : null
    if (entries.has(attribute)) continue
    entries.set(attribute, {
      type: 'validation_error',
      code: 'invalid_parameter',
      message: issue.message,
      attribute,
      url: errorPage,
    })
  }
  return { errors: [...entries.values()] }
}

/** Bodies of all errors that are not a route's own. */
export function registerErrorBodies(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) => sendError(reply, 404))
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500
    if (status === 413) return sendError(reply, 413)
    // Malformed JSON, a wrong content type, a broken URL.
    if (status >= 400 && status < 500) return sendError(reply, status === 404 ? 404 : 400)
    request.log.error({ err: error }, 'A request failed')
    return sendError(reply, 500)
  })
}
