import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { envSchema } from './schema.ts'

const root = new URL('../../../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')
const known = new Set([...Object.keys(envSchema.shape), 'ROOMFUL_CONFIG'])

describe('what is in deploy/', () => {
  it('sets no variable that the server does not know', () => {
    for (const path of ['deploy/Dockerfile', 'deploy/compose.yaml', 'deploy/roomful.service']) {
      const named = read(path).match(/\bROOMFUL_[A-Z_]+/g) ?? []
      expect(
        named.filter((name) => !known.has(name)),
        path,
      ).toEqual([])
    }
  })

  it('the image installs what every workspace asks for', () => {
    const manifests = globSync(['packages/*/package.json', 'apps/*/package.json', 'e2e/package.json'], {
      cwd: fileURLToPath(root),
    })
    const copied = [...read('deploy/Dockerfile').matchAll(/^COPY (\S+\/package\.json) \S+$/gm)].map(
      ([, path]) => path,
    )
    expect(copied.sort()).toEqual(manifests.sort())
  })

  it('the compose file asks for what its sample of settings names', () => {
    const asked = new Set([...read('deploy/compose.yaml').matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name))
    const given = [...read('deploy/.env.sample').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name)
    expect(given.sort()).toEqual([...asked].sort())
  })
})
