import type { Database } from '../sql/Database.ts'
import { Codec } from '../sql/Codec.ts'
import { ofProject } from '../sql/ofProject.ts'
import type { ApiKeyRecord, ApiKeyRepository, ProjectRepository, TokenSecretRepository } from '../types.ts'
import type { ProjectRecord, TokenSecretRecord } from '../records.ts'

const projects = new Codec<ProjectRecord>()
const apiKeys = new Codec<ApiKeyRecord>({ json: ['scopes'] })
const tokenSecrets = new Codec<TokenSecretRecord>()

export function projectRepository({ db }: Database): ProjectRepository {
  const find: ProjectRepository['find'] = async (id) =>
    projects.toRecordOrNull(
      await db.selectFrom('projects').selectAll().where('id', '=', id).executeTakeFirst(),
    )
  return {
    async ensure(project) {
      await db
        .insertInto('projects')
        .values(projects.toRow(project))
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute()
      return (await find(project.id)) ?? project
    },
    find,
    async list() {
      const rows = await db.selectFrom('projects').selectAll().orderBy('seq').execute()
      return rows.map((row) => projects.toRecord(row))
    },
  }
}

export function apiKeyRepository({ db }: Database): ApiKeyRepository {
  return {
    async create(key) {
      await db.insertInto('apiKeys').values(apiKeys.toRow(key)).execute()
    },
    async findByHash(tokenHash) {
      const row = await db
        .selectFrom('apiKeys')
        .selectAll()
        .where('tokenHash', '=', tokenHash)
        .executeTakeFirst()
      return apiKeys.toRecordOrNull(row)
    },
    async list(projectId) {
      const rows = await ofProject(db, 'apiKeys', projectId).orderBy('seq').execute()
      return rows.map((row) => apiKeys.toRecord(row))
    },
    async touch(id, usedAtMs) {
      await db.updateTable('apiKeys').set({ lastUsedAtMs: usedAtMs }).where('id', '=', id).execute()
    },
    async revoke(projectId, id, nowMs) {
      const { numUpdatedRows } = await db
        .updateTable('apiKeys')
        .set({ revokedAtMs: nowMs })
        .where('projectId', '=', projectId)
        .where('id', '=', id)
        .where('revokedAtMs', 'is', null)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
  }
}

export function tokenSecretRepository({ db }: Database): TokenSecretRepository {
  return {
    async valid(projectId, nowMs) {
      const rows = await ofProject(db, 'tokenSecrets', projectId)
        .where((where) => where.or([where('expiresAtMs', 'is', null), where('expiresAtMs', '>', nowMs)]))
        .orderBy('seq', 'desc')
        .execute()
      return rows.map((row) => tokenSecrets.toRecord(row))
    },
    async rotate(secret, overlapMs) {
      const write = async (trx: Database['db']): Promise<void> => {
        await trx
          .updateTable('tokenSecrets')
          .set({ expiresAtMs: secret.createdAtMs + overlapMs })
          .where('projectId', '=', secret.projectId)
          .where('expiresAtMs', 'is', null)
          .execute()
        await trx.insertInto('tokenSecrets').values(tokenSecrets.toRow(secret)).execute()
      }
      await (db.isTransaction ? write(db) : db.transaction().execute(write))
    },
    async prune(nowMs) {
      await db.deleteFrom('tokenSecrets').where('expiresAtMs', '<=', nowMs).execute()
    },
  }
}
