import { randomBytes, randomUUID } from 'node:crypto'
import { hashOfToken, videoScope } from '../auth/StoredCredentials.ts'
import { refuseMore, takeOptions, UsageError } from './arguments.ts'
import type { Command } from './Command.ts'
import { projectOf } from './projects.ts'
import { table } from './table.ts'
import { withStore } from './withStore.ts'

const prefixLength = 10
const scopes: readonly string[] = [videoScope]

/** API tokens are shown once: only their hash is kept. */
export const keys: Command = {
  summary: 'create, list and revoke API tokens',
  usage: `roomful keys create NAME [--scopes video] [--project ID]
       roomful keys list [--project ID]
       roomful keys revoke ID [--project ID]`,
  async run(argv, context) {
    const { values, positionals, settings } = takeOptions(argv, {
      scopes: { type: 'string' },
      project: { type: 'string' },
    })
    const [action, name, ...more] = positionals
    refuseMore(action === 'list' ? positionals.slice(1) : more)
    let code = 0
    await withStore(settings, context, async (store, config) => {
      const project = await projectOf(store, config, values.project)
      switch (action) {
        case 'create': {
          if (!name?.trim()) throw new UsageError('Give the token a name, by which you know it later')
          const wanted = (values.scopes ?? videoScope).split(',').map((scope) => scope.trim())
          const unknown = wanted.find((scope) => !scopes.includes(scope))
          if (unknown !== undefined)
            throw new UsageError(`There is no scope ${unknown}. There are: ${scopes.join(', ')}`)
          const apiToken = `rf_${randomBytes(32).toString('base64url')}`
          await store.apiKeys.create({
            id: randomUUID(),
            projectId: project.id,
            name,
            prefix: apiToken.slice(0, prefixLength),
            tokenHash: hashOfToken(apiToken),
            scopes: wanted,
            createdAtMs: Date.now(),
            lastUsedAtMs: null,
            revokedAtMs: null,
          })
          context.print(`ROOMFUL_PROJECT_ID=${project.id}\nROOMFUL_API_TOKEN=${apiToken}`)
          context.print('Keep the token: it is not shown again.')
          return
        }
        case 'list': {
          const found = await store.apiKeys.list(project.id)
          context.print(
            table(
              ['ID', 'NAME', 'TOKEN', 'SCOPES', 'CREATED', 'LAST USED', 'REVOKED'],
              found.map((key) => [
                key.id,
                key.name,
                `${key.prefix}…`,
                key.scopes.join(','),
                date(key.createdAtMs),
                date(key.lastUsedAtMs),
                date(key.revokedAtMs),
              ]),
            ),
          )
          return
        }
        case 'revoke': {
          if (name === undefined)
            throw new UsageError('Name the token by its ID, as `roomful keys list` shows it')
          if (await store.apiKeys.revoke(project.id, name, Date.now())) {
            context.print('Revoked: servers refuse it within 5 seconds.')
            return
          }
          context.print(`There is no token ${name} that could be revoked.`)
          code = 1
          return
        }
        default:
          throw new UsageError('Say create, list or revoke')
      }
    })
    return code
  },
}

const date = (ms: number | null): string =>
  ms === null ? '-' : new Date(ms).toISOString().slice(0, 16) + 'Z'
