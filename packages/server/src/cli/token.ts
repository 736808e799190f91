import { allPermissions, defaultPermissions, toPermission, type Permission } from '@roomful/protocol'
import { ConfiguredSecret, StoredTokenSecrets } from '../auth/TokenSecrets.ts'
import { resolvePublicUrl } from '../config/index.ts'
import { systemClock } from '../lib/Clock.ts'
import { RoomTokens, toWebSocketUrl } from '../service/index.ts'
import { takeOptions, UsageError } from './arguments.ts'
import type { Command } from './Command.ts'
import { projectOf } from './projects.ts'
import { withStore } from './withStore.ts'

export const token: Command = {
  summary: 'make a room token',
  usage: `roomful token ROOM [--name NAME] [--permissions default|all|room.lock,room.self.audio_mute,…]
              [--audience] [--project ID]`,
  async run(argv, context) {
    const { values, positionals, settings } = takeOptions(argv, {
      name: { type: 'string' },
      permissions: { type: 'string' },
      audience: { type: 'boolean' },
      project: { type: 'string' },
    })
    const [room, ...more] = positionals
    if (room === undefined || more.length > 0 || !/^[A-Za-z0-9_-]{1,100}$/.test(room))
      throw new UsageError('Name one room: 1 to 100 letters, digits, _ and -')
    const permissions = toPermissions(values.permissions)
    await withStore(settings, context, async (store, config) => {
      const project = await projectOf(store, config, values.project)
      const tokens = new RoomTokens({
        secrets: new StoredTokenSecrets(store.tokenSecrets, new ConfiguredSecret(config), systemClock),
        projectId: config.projectId,
        webSocketUrl: () => toWebSocketUrl(resolvePublicUrl(config, config.port)),
      })
      const claims = {
        r: room,
        ...(values.name !== undefined && { u: values.name }),
        s: values.audience === true ? [] : [...permissions],
        ja: values.audience === true ? ('audience' as const) : ('member' as const),
        ma: 'all' as const,
        acr: true,
      }
      context.print(await tokens.mint(claims, project.id))
    })
    return 0
  },
}

function toPermissions(list: string | undefined): readonly Permission[] {
  if (list === undefined || list === 'default') return defaultPermissions
  if (list === 'all') return allPermissions
  return list.split(',').map((name) => {
    const permission = toPermission(name.trim())
    if (permission !== undefined) return permission
    throw new UsageError(`There is no permission ${name.trim()}. There are: ${allPermissions.join(', ')}`)
  })
}
