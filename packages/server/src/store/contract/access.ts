import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { testProjectId } from '../testRecords.ts'
import type { Store } from '../types.ts'

export function describeAccess(opened: { readonly store: Store }): void {
  let store: Store
  // Every test has a project of its own, so they share one database.
  let projectId = ''
  beforeEach(() => {
    store = opened.store
    projectId = randomUUID()
  })

  describe('projects, keys and secrets', () => {
    it('makes a project once', async () => {
      const project = { id: projectId, name: 'First', createdAtMs: 1 }
      expect(await store.projects.ensure(project)).toEqual(project)
      expect(await store.projects.ensure({ ...project, name: 'Second' })).toEqual(project)
      expect(await store.projects.find(randomUUID())).toBeNull()
      expect(await store.projects.list()).toContainEqual(project)
    })

    it('finds keys by their hash, lists them, and revokes them once', async () => {
      const key = {
        id: randomUUID(),
        projectId,
        name: 'ci',
        prefix: 'rk_12',
        tokenHash: randomUUID(),
        scopes: ['video', 'logs'],
        createdAtMs: 5,
        lastUsedAtMs: null,
        revokedAtMs: null,
      }
      await store.apiKeys.create(key)
      await store.apiKeys.create({ ...key, id: randomUUID(), tokenHash: randomUUID(), name: 'next' })
      expect(await store.apiKeys.findByHash(key.tokenHash)).toEqual(key)
      expect(await store.apiKeys.findByHash('nothing')).toBeNull()
      await store.apiKeys.touch(key.id, 77)
      expect((await store.apiKeys.list(projectId)).map((each) => [each.name, each.lastUsedAtMs])).toEqual([
        ['ci', 77],
        ['next', null],
      ])
      expect(await store.apiKeys.revoke(testProjectId, key.id, 99)).toBe(false)
      expect(await store.apiKeys.revoke(projectId, key.id, 99)).toBe(true)
      expect(await store.apiKeys.revoke(projectId, key.id, 100)).toBe(false)
      expect((await store.apiKeys.findByHash(key.tokenHash))?.revokedAtMs).toBe(99)
    })

    it('rotates secrets with an overlap', async () => {
      const secret = (id: string, createdAtMs: number) => ({
        ...{ id: `${id}-${projectId}`, projectId, secret: `secret ${id}`, createdAtMs, expiresAtMs: null },
      })
      const valid = async (nowMs: number) =>
        (await store.tokenSecrets.valid(projectId, nowMs)).map((each) => each.secret)
      await store.tokenSecrets.rotate(secret('a', 1000), 500)
      await store.tokenSecrets.rotate(secret('b', 2000), 500)
      expect(await valid(2499)).toEqual(['secret b', 'secret a'])
      expect(await valid(2500)).toEqual(['secret b'])
      await store.tokenSecrets.rotate(secret('c', 2600), 0)
      expect(await valid(2600)).toEqual(['secret c'])
      await store.tokenSecrets.prune(2600)
      expect(await valid(0)).toEqual(['secret c'])
    })
  })
}
