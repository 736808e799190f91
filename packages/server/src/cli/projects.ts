import { randomBytes, randomUUID } from 'node:crypto'
import type { Config } from '../config/index.ts'
import type { ProjectRecord, Store, TokenSecretRecord } from '../store/index.ts'
import { refuseMore, takeOptions, UsageError } from './arguments.ts'
import type { Command } from './Command.ts'
import { table } from './table.ts'
import { withStore } from './withStore.ts'

/** The project a command is about: the one of the configuration unless another is named. */
export async function projectOf(
  store: Store,
  config: Config,
  id: string | undefined,
): Promise<ProjectRecord> {
  if (id === undefined || id === config.projectId)
    return store.projects.ensure({ id: config.projectId, name: 'default', createdAtMs: Date.now() })
  const project = await store.projects.find(id)
  if (project !== null) return project
  throw new UsageError(`There is no project ${id}; \`roomful projects list\` shows them`)
}

export const projects: Command = {
  summary: 'create and list projects, whose rooms and keys are apart',
  usage: `roomful projects create NAME
       roomful projects list`,
  async run(argv, context) {
    const { positionals, settings } = takeOptions(argv, {})
    const [action, name, ...more] = positionals
    refuseMore(action === 'list' ? positionals.slice(1) : more)
    await withStore(settings, context, async (store, config) => {
      await projectOf(store, config, undefined)
      if (action === 'create') {
        if (!name?.trim()) throw new UsageError('Give the project a name')
        const project = await store.projects.ensure({ id: randomUUID(), name, createdAtMs: Date.now() })
        // Without one of its own it could not sign a room token.
        await store.tokenSecrets.rotate(newSecret(project.id), 0)
        context.print(`ROOMFUL_PROJECT_ID=${project.id}`)
        context.print(`Make an API token for it: roomful keys create NAME --project ${project.id}`)
      } else if (action === 'list') {
        const found = await store.projects.list()
        context.print(
          table(
            ['ID', 'NAME', 'CREATED'],
            found.map((project) => [project.id, project.name, new Date(project.createdAtMs).toISOString()]),
          ),
        )
      } else throw new UsageError('Say create or list')
    })
    return 0
  },
}

const secretBytes = 64

export function newSecret(projectId: string, nowMs = Date.now()): TokenSecretRecord {
  return {
    id: randomUUID(),
    projectId,
    secret: randomBytes(secretBytes).toString('base64url'),
    createdAtMs: nowMs,
    expiresAtMs: null,
  }
}
