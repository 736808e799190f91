import { sql, type SelectQueryBuilder } from 'kysely'
import { decodePageToken, encodePageToken } from '../pageToken.ts'
import type { Page, PageRequest } from '../types.ts'

/** Reads one page of a query of one table, newest first. One row more is read, to know whether there are more. */
export async function paginate<DB, T extends keyof DB, Row extends { seq: number }, R>(
  query: SelectQueryBuilder<DB, T, Row>,
  { pageSize, pageToken }: PageRequest,
  toRecord: (row: Row) => R,
): Promise<Page<R>> {
  const cursor = pageToken === undefined ? null : decodePageToken(pageToken)
  const isBackward = cursor?.direction === 'before'
  let ranged = query.orderBy(sql`seq`, isBackward ? 'asc' : 'desc').limit(pageSize + 1)
  if (cursor !== null) {
    ranged = ranged.where(
      isBackward ? sql<boolean>`seq > ${cursor.position}` : sql<boolean>`seq < ${cursor.position}`,
    )
  }
  const found = (await ranged.execute()) as Row[]
  const hasMore = found.length > pageSize
  const rows = found.slice(0, pageSize)
  if (isBackward) rows.reverse()
  // A page beyond the last record, whose records were deleted: the way back starts where the way there ended.
  const newest = rows[0]?.seq ?? cursor?.position ?? 0
  const oldest = rows.at(-1)?.seq ?? cursor?.position ?? 0
  const hasOlder = isBackward ? cursor !== null : hasMore
  const hasNewer = isBackward ? hasMore : cursor !== null
  return {
    items: rows.map(toRecord),
    nextToken: hasOlder ? encodePageToken({ direction: 'after', position: oldest }) : null,
    prevToken: hasNewer ? encodePageToken({ direction: 'before', position: newest }) : null,
  }
}
