import { sql, type Kysely } from 'kysely'
import { apiKeyRepository, projectRepository, tokenSecretRepository } from '../repositories/access.ts'
import { recordingRepository, sessionStreamRepository, streamRepository } from '../repositories/outputs.ts'
import { conferenceRepository, conferenceTokenRepository, roomRepository } from '../repositories/rooms.ts'
import {
  sessionEventRepository,
  sessionMemberRepository,
  sessionRepository,
} from '../repositories/sessions.ts'
import { webhookDeliveryRepository, webhookRepository } from '../repositories/webhooks.ts'
import type { Repositories, Store } from '../types.ts'
import type { Database, DatabaseKind } from './Database.ts'
import type { Schema } from './schema.ts'

/** The store on a database that has the present schema. */
export function createSqlStore(db: Kysely<Schema>, kind: DatabaseKind): Store {
  return {
    kind,
    ...repositories({ db, kind }),
    transaction: (run) => db.transaction().execute((trx) => run(repositories({ db: trx, kind }))),
    async ping() {
      await sql`select 1`.execute(db)
    },
    close: () => db.destroy(),
  }
}

function repositories(database: Database): Repositories {
  return {
    projects: projectRepository(database),
    apiKeys: apiKeyRepository(database),
    tokenSecrets: tokenSecretRepository(database),
    rooms: roomRepository(database),
    conferences: conferenceRepository(database),
    conferenceTokens: conferenceTokenRepository(database),
    sessions: sessionRepository(database),
    members: sessionMemberRepository(database),
    events: sessionEventRepository(database),
    recordings: recordingRepository(database),
    streams: streamRepository(database),
    sessionStreams: sessionStreamRepository(database),
    webhooks: webhookRepository(database),
    webhookDeliveries: webhookDeliveryRepository(database),
  }
}
