import { z } from 'zod'

/** Fields of answers. */
export const uuid = () => z.string().meta({ format: 'uuid' })

export const isoTime = () => z.string().meta({ format: 'date-time', examples: ['2027-01-31T09:30:00Z'] })

export const anyObject = () => z.record(z.string(), z.unknown())

/** Roomful does not charge; the field is there because clients of the original read it. */
export const cost = () => z.number().describe('Always 0: there is nobody who charges.')

/** Gives a schema its name in the OpenAPI document. */
export function component<T extends z.ZodType>(id: string, schema: T): T {
  return schema.meta({ id })
}
