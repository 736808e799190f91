import { Codec } from '../sql/Codec.ts'
import type { Database } from '../sql/Database.ts'
import { paginate } from '../sql/paginate.ts'
import type {
  WebhookDeliveryRecord,
  WebhookDeliveryRepository,
  WebhookRecord,
  WebhookRepository,
} from '../types.ts'

const webhooks = new Codec<WebhookRecord>({ json: ['events'], booleans: ['enabled'] })
const deliveries = new Codec<WebhookDeliveryRecord>({ json: ['payload'] })

export function webhookRepository({ db }: Database): WebhookRepository {
  return {
    async create(webhook) {
      await db.insertInto('webhooks').values(webhooks.toRow(webhook)).execute()
    },
    async find(projectId, id) {
      const row = await db
        .selectFrom('webhooks')
        .selectAll()
        .where('projectId', '=', projectId)
        .where('id', '=', id)
        .executeTakeFirst()
      return webhooks.toRecordOrNull(row)
    },
    async list(projectId) {
      const rows = await db
        .selectFrom('webhooks')
        .selectAll()
        .where('projectId', '=', projectId)
        .orderBy('seq')
        .execute()
      return rows.map((row) => webhooks.toRecord(row))
    },
    async update(projectId, id, patch) {
      const row = await db
        .updateTable('webhooks')
        .set(webhooks.toPatch(patch))
        .where('projectId', '=', projectId)
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
      return webhooks.toRecordOrNull(row)
    },
    async delete(projectId, id) {
      const { numDeletedRows } = await db
        .deleteFrom('webhooks')
        .where('projectId', '=', projectId)
        .where('id', '=', id)
        .executeTakeFirst()
      return numDeletedRows > 0n
    },
  }
}

export function webhookDeliveryRepository({ db, kind }: Database): WebhookDeliveryRepository {
  return {
    async enqueue(added) {
      for (const delivery of added) {
        await db.insertInto('webhookDeliveries').values(deliveries.toRow(delivery)).execute()
      }
    },
    async claim(nowMs, limit, leaseMs) {
      const due = db
        .selectFrom('webhookDeliveries')
        .select('id')
        .where('nextAttemptAtMs', '<=', nowMs)
        .orderBy('nextAttemptAtMs')
        .orderBy('seq')
        .limit(limit)
        // SQLite has one writer at a time anyway.
        .$if(kind === 'postgres', (query) => query.forUpdate().skipLocked())
      const rows = await db
        .updateTable('webhookDeliveries')
        .set(({ eb }) => ({ attempts: eb('attempts', '+', 1), nextAttemptAtMs: nowMs + leaseMs }))
        .where('id', 'in', due)
        .returningAll()
        .execute()
      return rows.sort((a, b) => a.seq - b.seq).map((row) => deliveries.toRecord(row))
    },
    async nextDueMs() {
      const row = await db
        .selectFrom('webhookDeliveries')
        .select('nextAttemptAtMs')
        .where('nextAttemptAtMs', 'is not', null)
        .orderBy('nextAttemptAtMs')
        .limit(1)
        .executeTakeFirst()
      return row?.nextAttemptAtMs ?? null
    },
    async delivered(id, status, nowMs) {
      await db
        .updateTable('webhookDeliveries')
        .set({ deliveredAtMs: nowMs, nextAttemptAtMs: null, lastStatus: status, lastError: null })
        .where('id', '=', id)
        .execute()
    },
    async failed(id, { status, error, nextAttemptAtMs }, nowMs) {
      await db
        .updateTable('webhookDeliveries')
        .set({
          nextAttemptAtMs,
          failedAtMs: nextAttemptAtMs === null ? nowMs : null,
          lastStatus: status,
          lastError: error,
        })
        .where('id', '=', id)
        .execute()
    },
    list: (projectId, webhookId, page) =>
      paginate(
        db
          .selectFrom('webhookDeliveries')
          .selectAll()
          .where('projectId', '=', projectId)
          .where('webhookId', '=', webhookId),
        page,
        (row) => deliveries.toRecord(row),
      ),
    async prune(beforeMs) {
      await db
        .deleteFrom('webhookDeliveries')
        .where((where) =>
          where.or([where('deliveredAtMs', '<', beforeMs), where('failedAtMs', '<', beforeMs)]),
        )
        .execute()
    },
  }
}
