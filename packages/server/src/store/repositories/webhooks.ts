import { Codec } from '../sql/Codec.ts'
import type { Database } from '../sql/Database.ts'
import { deleteById, findById, ofProject, updateById, type RecordTable } from '../sql/ofProject.ts'
import { paginate } from '../sql/paginate.ts'
import type {
  WebhookDeliveryRecord,
  WebhookDeliveryRepository,
  WebhookRecord,
  WebhookRepository,
} from '../types.ts'

const webhooks = new Codec<WebhookRecord>({ json: ['events'], booleans: ['enabled'] })
const webhookTable: RecordTable<WebhookRecord> = { name: 'webhooks', codec: webhooks }
const deliveries = new Codec<WebhookDeliveryRecord>({ json: ['payload'] })

export function webhookRepository({ db }: Database): WebhookRepository {
  return {
    async create(webhook) {
      await db.insertInto('webhooks').values(webhooks.toRow(webhook)).execute()
    },
    find: (projectId, id) => findById(db, webhookTable, projectId, id),
    async list(projectId) {
      const rows = await ofProject(db, 'webhooks', projectId).orderBy('seq').execute()
      return rows.map((row) => webhooks.toRecord(row))
    },
    update: (projectId, id, patch) => updateById(db, webhookTable, projectId, id, patch),
    delete: async (projectId, id) => (await deleteById(db, webhookTable, projectId, id)) !== null,
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
        ofProject(db, 'webhookDeliveries', projectId).where('webhookId', '=', webhookId),
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
