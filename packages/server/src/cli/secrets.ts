import { refuseMore, takeOptions, UsageError } from './arguments.ts'
import type { Command } from './Command.ts'
import { newSecret, projectOf } from './projects.ts'
import { table } from './table.ts'
import { withStore } from './withStore.ts'

const hourMs = 3_600_000
const defaultOverlapHours = 24

export const secrets: Command = {
  summary: 'rotate the secret that signs room tokens',
  usage: `roomful secrets rotate [--overlap-hours ${defaultOverlapHours}] [--project ID]
       roomful secrets list [--project ID]`,
  async run(argv, context) {
    const { values, positionals, settings } = takeOptions(argv, {
      'overlap-hours': { type: 'string' },
      project: { type: 'string' },
    })
    refuseMore(positionals.slice(1))
    const overlapHours = Number(values['overlap-hours'] ?? defaultOverlapHours)
    if (!(overlapHours >= 0 && overlapHours <= 24 * 365))
      throw new UsageError('--overlap-hours must be a number from 0 to 8760')
    await withStore(settings, context, async (store, config) => {
      const project = await projectOf(store, config, values.project)
      const nowMs = Date.now()
      const before = await store.tokenSecrets.valid(project.id, nowMs)
      switch (positionals[0]) {
        case 'rotate':
          if (before.length === 0 && project.id === config.projectId) {
            // The first rotation: what the configuration has been signing with gets its end too.
            const present = { ...newSecret(project.id, nowMs - 1), secret: config.tokenSecret }
            await store.tokenSecrets.rotate(present, 0)
          }
          await store.tokenSecrets.rotate(newSecret(project.id, nowMs), overlapHours * hourMs)
          context.print(
            `A new secret signs room tokens within 5 seconds; those signed before are good for ${overlapHours} hours more.`,
          )
          return
        case 'list':
          context.print(
            table(
              ['ID', 'CREATED', 'GOOD UNTIL'],
              before.map(({ id, createdAtMs, expiresAtMs }) => [
                id,
                new Date(createdAtMs).toISOString(),
                expiresAtMs === null ? '-' : new Date(expiresAtMs).toISOString(),
              ]),
            ),
          )
          return
        default:
          throw new UsageError('Say rotate or list')
      }
    })
    return 0
  },
}
