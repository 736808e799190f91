import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import type { Body, RestApi, TestProject } from '../RestApi.ts'
import {
  expectError,
  expectGuarded,
  expectInvalid,
  expectMalformed,
  expectNotFound,
  expectOk,
  expectPages,
  unknownId,
} from './expectations.ts'

export function conferenceTokenContract(api: () => RestApi): void {
  const create = async (project: TestProject): Promise<{ id: string; name: string; tokens: Body[] }> => {
    const { id, name } = expectOk(await project.post('/conferences', { display_name: 'Board' }))
    const { data } = expectOk(await project.get(`/conferences/${id}/conference_tokens`))
    return { id, name, tokens: data }
  }
  const exchange = (project: TestProject, body: object) =>
    project.post('/conference_tokens/exchange', body, { authorization: null })

  describe('conference tokens', () => {
    it('come with a conference: one for moderators, one for guests', async () => {
      const project = await api().newProject()
      const { id, tokens } = await create(project)
      await create(project)
      expect(tokens.map(({ name }) => name).sort()).toEqual(['guest', 'moderator'])
      const of = (name: string): Body => tokens.find((token) => token.name === name)
      for (const token of tokens) {
        expect(token).toEqual({
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          name: token.name,
          token: expect.stringMatching(/^vpt_[0-9a-f]{32}$/),
          scopes: expect.arrayContaining(['room.self.audio_mute', 'room.self.video_unmute']),
        })
        expect(expectOk(await project.get(`/conference_tokens/${token.id}`))).toEqual(token)
      }
      const powers = ['room.self.screenshare', 'room.member.audio_mute', 'room.recording']
      expect(of('moderator').scopes).toEqual(expect.arrayContaining(powers))
      for (const power of powers) expect(of('guest').scopes).not.toContain(power)
      await expectPages(
        project,
        `/conferences/${id}/conference_tokens`,
        tokens.map((token) => token.id),
        { pageSize: 1 },
      )
    })

    it('are 404 for other projects, and guarded', async () => {
      const [project, other] = [await api().newProject(), await api().newProject()]
      const [foreign] = (await create(other)).tokens
      await expectNotFound(project, 'GET', (id) => `/conference_tokens/${id}`, { others: [foreign.id] })
      await expectNotFound(project, 'POST', (id) => `/conference_tokens/${id}/reset`, {
        others: [foreign.id],
      })
      await expectGuarded(project, 'GET', `/conference_tokens/${unknownId}`)
      await expectGuarded(project, 'POST', `/conference_tokens/${unknownId}/reset`)
    })

    it('can be reset: the old string stops working', async () => {
      const project = await api().newProject()
      const { tokens } = await create(project)
      const [one, other] = tokens
      expectOk(await exchange(project, { token: one.token }))
      const json = { 'content-type': 'application/json' }
      const reset = expectOk(
        await project.post(`/conference_tokens/${one.id}/reset`, undefined, { headers: json }),
      )
      expect(reset).toEqual({ ...one, token: expect.stringMatching(/^vpt_[0-9a-f]{32}$/) })
      expect(reset.token).not.toBe(one.token)
      expectError(await exchange(project, { token: one.token }), 401)
      expectOk(await exchange(project, { token: reset.token }))
      expectOk(await exchange(project, { token: other.token }))
      expect(expectOk(await project.get(`/conference_tokens/${one.id}`))).toEqual(reset)
    })
  })

  describe('POST /conference_tokens/exchange', () => {
    it('gives a room token with the scopes of the conference token', async () => {
      const project = await api().newProject()
      const { id, name, tokens } = await create(project)
      for (const { token, scopes } of tokens) {
        const answer = await exchange(project, { token, user_name: 'Ada' })
        const claims = decodeJwt(expectOk(answer).token)
        expect(claims).toMatchObject({
          sub: project.id,
          r: name,
          u: 'Ada',
          s: scopes,
          ja: 'member',
          acr: false,
        })
        expect(answer.headers['access-control-allow-origin']).toBe('*')
      }
      expectOk(await project.put(`/conferences/${id}`, { display_name: 'Board', user_join_video_off: true }))
      const again = expectOk(await exchange(project, { token: tokens[0].token, user_name: null }))
      const claims = decodeJwt(again.token)
      expect(claims).toMatchObject({ join_video_muted: true })
      expect(claims).not.toHaveProperty('u')
    })

    it('refuses tokens that are not there any more, with 401', async () => {
      const project = await api().newProject()
      const { id, tokens } = await create(project)
      expectError(await exchange(project, { token: `vpt_${'0'.repeat(32)}` }), 401)
      expectOk(await project.delete(`/conferences/${id}`), 204)
      expectError(await exchange(project, { token: tokens[0].token }), 401)
    })

    it('refuses what is no token', async () => {
      const project = await api().newProject()
      for (const token of [
        '',
        'vpt_',
        `vpt_${'0'.repeat(31)}`,
        `vpt_${'0'.repeat(33)}`,
        `vpt_${'G'.repeat(32)}`,
        7,
        null,
      ]) {
        expectInvalid(await exchange(project, { token }), 'token')
      }
      expectInvalid(await exchange(project, { user_name: 'x'.repeat(101) }), 'token', 'user_name')
      await expectMalformed(project, 'POST', '/conference_tokens/exchange')
    })

    it('may be asked by pages of every origin', async () => {
      const project = await api().newProject()
      const headers = { origin: 'https://app.example.com', 'access-control-request-method': 'POST' }
      const answer = await project.request('OPTIONS', '/conference_tokens/exchange', {
        headers,
        authorization: null,
      })
      expect(answer).toMatchObject({
        status: 204,
        headers: { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'content-type' },
      })
      // Without leave a page could not read why it was refused.
      const unknown = { token: `vpt_${'0'.repeat(32)}` }
      for (const [body, status] of [
        [unknown, 401],
        [{}, 422],
        ['{', 400],
      ] as const) {
        const refused = await project.post('/conference_tokens/exchange', body, { authorization: null })
        expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([status, '*'])
      }
    })
  })
}
