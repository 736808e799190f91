import { z } from 'zod'
import { component } from './answers.ts'

const link = (description: string) => z.string().meta({ format: 'uri', description })

export const pageLinksSchema = component(
  'PageLinks',
  z.object({
    self: link('This page.'),
    first: link('The newest entries.'),
    next: link('Absent on the last page.').optional(),
    prev: link('Absent on the first page.').optional(),
  }),
)
export type PageLinks = z.infer<typeof pageLinksSchema>

/** Answer of a list: newest first. */
export function pageOf<T extends z.ZodType>(entry: T) {
  return z.object({ links: pageLinksSchema, data: z.array(entry) })
}
export type Page<T> = { links: PageLinks; data: T[] }
