import type { Page, PageLinks, PagingQuery } from '@roomful/protocol/rest'
import type { FastifyRequest } from 'fastify'
import { isPageToken, type Page as StorePage, type PageRequest } from '../store/index.ts'
import { invalid, type Refusal } from './errors.ts'

/** The part of a list that a query asks for. */
export function toPageRequest({ page_number, page_size, page_token }: PagingQuery): PageRequest | Refusal {
  if (page_token !== undefined && !isPageToken(page_token)) {
    return invalid('page_token', 'Page token must be one that a link of this list gave')
  }
  if (page_number > 0 && page_token === undefined) {
    return invalid('page_token', 'Page token must be present when page number is greater than 0')
  }
  return { pageSize: page_size, pageToken: page_token }
}

/** Body of a list. Its links are absolute and keep the filters of the request. */
export function toPage<T>(
  request: FastifyRequest,
  {
    query,
    page,
    data,
    publicUrl,
  }: { query: PagingQuery; page: StorePage<unknown>; data: T[]; publicUrl: string },
): Page<T> {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  const link = (pageNumber: number, pageToken: string | undefined): string => {
    const params = new URLSearchParams(searchParams)
    for (const name of ['page_number', 'page_size', 'page_token']) params.delete(name)
    params.set('page_number', String(pageNumber))
    params.set('page_size', String(query.page_size))
    if (pageToken !== undefined) params.set('page_token', pageToken)
    return `${publicUrl}${pathname}?${params}`
  }
  const links: PageLinks = {
    self: link(query.page_number, query.page_token),
    first: link(0, undefined),
  }
  if (page.nextToken !== null) links.next = link(query.page_number + 1, page.nextToken)
  if (page.prevToken !== null) links.prev = link(Math.max(0, query.page_number - 1), page.prevToken)
  return { links, data }
}
