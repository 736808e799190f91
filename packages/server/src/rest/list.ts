import type { Page, PagingQuery } from '@roomful/protocol/rest'
import { pageOf } from '@roomful/protocol/rest'
import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import type { Page as StorePage, PageRequest } from '../store/index.ts'
import type { RestContext } from './context.ts'
import { endpoint, type EndpointCall, type EndpointOptions } from './endpoint.ts'
import { Refusal } from './errors.ts'
import { toPage, toPageRequest } from './paging.ts'

type PagedQuery = z.ZodType<PagingQuery>

export type ListOptions<Q extends PagedQuery, E> = Pick<
  EndpointOptions<Q, undefined, undefined>,
  'url' | 'id' | 'tag' | 'summary' | 'description'
> & {
  query: Q
  /** What the entries are. */
  entry: E
}

/**
 * Registers a list, which comes in pages. The handler gives the page of entries that was asked for, or a `Refusal`:
 * 404 where the path names something that is not there.
 */
export function listEndpoint<Q extends PagedQuery, E extends z.ZodType>(
  app: FastifyInstance,
  { authenticate, publicUrl }: Pick<RestContext, 'authenticate' | 'publicUrl'>,
  { entry, ...options }: ListOptions<Q, E>,
  read: (call: EndpointCall<Q, undefined>, wanted: PageRequest) => Promise<StorePage<z.input<E>> | Refusal>,
): void {
  endpoint<Q, undefined, z.ZodType<unknown, Page<z.input<E>>>>(
    app,
    {
      ...options,
      method: 'GET',
      authenticate,
      success: { status: 200, schema: pageOf(entry) as unknown as z.ZodType<unknown, Page<z.input<E>>> },
      errors: options.url.includes('/:id') ? [401, 403, 404, 422] : [401, 403, 422],
    },
    async (call) => {
      const query: PagingQuery = call.query
      const wanted = toPageRequest(query)
      if (wanted instanceof Refusal) return wanted
      const page = await read(call, wanted)
      if (page instanceof Refusal) return page
      return toPage(call.request, { query, page, data: page.items, publicUrl: publicUrl() })
    },
  )
}

/** A page of resources, of one of records. */
export function mapPage<R, T>(page: StorePage<R>, toResource: (record: R) => T): StorePage<T> {
  return { ...page, items: page.items.map(toResource) }
}
