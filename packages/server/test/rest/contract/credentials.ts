import { describe, expect, it } from 'vitest'
import { keyCacheMs } from '../../../src/auth/StoredCredentials.ts'
import { basic, type RestApi } from '../RestApi.ts'
import { expectError, expectOk } from './expectations.ts'

const configured = basic('00000000-0000-4000-8000-000000000000', 'dev-token')

export function credentialContract(api: () => RestApi): void {
  describe('credentials', () => {
    it('are the pair of the configuration, or a key of the store', async () => {
      const project = await api().newProject()
      expectOk(await project.get('/rooms'))
      expectOk(await project.get('/rooms', { authorization: configured }))
      expectOk(await project.get('/rooms', { authorization: configured.replace('Basic', 'basic') }))
    })

    it('are refused with 401 if they are missing or wrong, whatever is asked', async () => {
      const [project, other] = [await api().newProject(), await api().newProject()]
      const secret = atob(project.authorization.slice(6)).split(':')[1] ?? ''
      for (const authorization of [
        null,
        'Basic',
        'Basic !',
        `Bearer ${secret}`,
        basic(project.id, ''),
        basic('', secret),
        basic(project.id, `${secret}x`),
        basic(project.id, 'dev-token'),
        basic(other.id, secret),
        basic(project.id.toUpperCase(), secret.toUpperCase()),
        `Basic ${btoa(project.id)}`,
      ]) {
        const answer = await project.get('/rooms', { authorization })
        expectError(answer, 401)
        expect(answer.headers['www-authenticate']).toBe('Basic realm="Roomful", charset="UTF-8"')
        expectError(await project.post('/rooms', '{', { authorization }), 401)
      }
    })

    it('that have been revoked stop working within seconds', async () => {
      const project = await api().newProject()
      expectOk(await project.get('/rooms'))
      const [key] = await api().store.apiKeys.list(project.id)
      await api().store.apiKeys.revoke(project.id, key?.id ?? '', api().clock.nowMs())
      await api().clock.advance(keyCacheMs)
      expectError(await project.get('/rooms'), 401)
    })

    it('are noted as used', async () => {
      const project = await api().newProject()
      expectOk(await project.get('/rooms'))
      await expect
        .poll(async () => (await api().store.apiKeys.list(project.id))[0]?.lastUsedAtMs, { timeout: 10_000 })
        .toBe(api().clock.nowMs())
    })
  })
}
