import { describe, expect, it } from 'vitest'
import type { Body, RestApi, TestProject } from '../RestApi.ts'
import {
  expectEachInvalid,
  expectError,
  expectGuarded,
  expectInvalid,
  expectMalformed,
  expectNotFound,
  expectOk,
  expectPages,
  unknownId,
  type FieldCase,
} from './expectations.ts'

const url = 'rtmp://live.example.com/app/key'

const invalidUrls: readonly FieldCase[] = [
  'http://live.example.com/app',
  'rtmp://',
  'rtmp://live.example.com',
  'rtmp:///app/key',
  'rtmp://live example.com/app',
  'rtmp://live.example.com/app/a key',
  'x',
  '',
  7,
  null,
  `rtmp://live.example.com/${'x'.repeat(2048)}`,
].map((value) => ['url', value] as const)

export function streamContract(api: () => RestApi): void {
  const owners = [
    { path: 'rooms', created: 201, body: { name: 'lobby', quality: '1080p' }, width: 1920, height: 1080 },
    {
      path: 'conferences',
      created: 200,
      body: { name: 'board', display_name: 'Board' },
      width: 1280,
      height: 720,
    },
  ] as const

  describe.each(owners)('/$path/{id}/streams', ({ path, created, body, width, height }) => {
    const owner = async (project: TestProject): Promise<Body> =>
      expectOk(await project.post(`/${path}`, body))

    it('adds a stream, which starts at once where a session runs', async () => {
      const project = await api().newProject()
      const { id } = await owner(project)
      api().streamCalls.length = 0
      const now = `${new Date(api().clock.nowMs()).toISOString().slice(0, 19)}Z`
      const stream = expectOk(await project.post(`/${path}/${id}/streams`, { url, width: 1 }), created)
      expect(stream).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        url,
        stream_type: 'rtmp',
        width,
        height,
        fps: 25,
        created_at: now,
        updated_at: now,
      })
      expect(expectOk(await project.get(`/streams/${stream.id}`))).toEqual(stream)
      expect(api().streamCalls).toEqual([
        [
          'add',
          body.name,
          expect.objectContaining({ id: stream.id, roomId: id, projectId: project.id, url }),
        ],
      ])
      expectOk(
        await project.post(`/${path}/${id}/streams`, { url: 'rtmps://[2001:db8::1]:443/a/b?c=d' }),
        created,
      )
    })

    it('lists newest first, in pages', async () => {
      const project = await api().newProject()
      const { id } = await owner(project)
      const ids: string[] = []
      for (let index = 0; index < 3; index++) {
        const added = await project.post(`/${path}/${id}/streams`, { url: `${url}${index}` })
        ids.unshift(expectOk(added, created).id)
      }
      await expectPages(project, `/${path}/${id}/streams`, ids)
    })

    it('refuses URLs that are not RTMP', async () => {
      const project = await api().newProject()
      const { id } = await owner(project)
      await expectEachInvalid((fields) => project.post(`/${path}/${id}/streams`, fields), invalidUrls)
      expectInvalid(await project.post(`/${path}/${id}/streams`, {}), 'url')
      await expectMalformed(project, 'POST', `/${path}/${id}/streams`)
      expect(expectOk(await project.get(`/${path}/${id}/streams`)).data).toEqual([])
    })

    it('is 404 for what is not there, and guarded', async () => {
      const [project, other] = [await api().newProject(), await api().newProject()]
      const foreign = await owner(other)
      const pathOf = (id: string) => `/${path}/${id}/streams`
      await expectNotFound(project, 'GET', pathOf, { others: [foreign.id, 'lobby', 'board'] })
      await expectNotFound(project, 'POST', pathOf, { others: [foreign.id], body: { url } })
      await expectGuarded(project, 'GET', pathOf(unknownId))
      await expectGuarded(project, 'POST', pathOf(unknownId))
    })

    it('go with their owner', async () => {
      const project = await api().newProject()
      const { id } = await owner(project)
      const stream = expectOk(await project.post(`/${path}/${id}/streams`, { url }), created)
      expectOk(await project.delete(`/${path}/${id}`), 204)
      expectError(await project.get(`/streams/${stream.id}`), 404)
    })

    it('can be read, changed and deleted by their ids', async () => {
      const project = await api().newProject()
      const { id } = await owner(project)
      const stream = expectOk(await project.post(`/${path}/${id}/streams`, { url }), created)
      api().streamCalls.length = 0
      await api().clock.advance(2000)
      const changed = expectOk(await project.put(`/streams/${stream.id}`, { url: `${url}2` }))
      const now = `${new Date(api().clock.nowMs()).toISOString().slice(0, 19)}Z`
      expect(changed).toEqual({ ...stream, url: `${url}2`, updated_at: now })
      expect(expectOk(await project.get(`/streams/${stream.id}`))).toEqual(changed)
      expectOk(await project.put(`/streams/${stream.id}`, { url: `${url}2` }))
      expectOk(await project.delete(`/streams/${stream.id}`), 204)
      expectError(await project.get(`/streams/${stream.id}`), 404)
      expectError(await project.delete(`/streams/${stream.id}`), 404)
      expect(api().streamCalls.map(([call, , { url: called }]) => [call, called])).toEqual([
        ['remove', url],
        ['add', `${url}2`],
        ['remove', `${url}2`],
      ])
    })
  })

  describe('/streams/{id}', () => {
    it('is 404 for what is not there, guarded, and refuses URLs that are not RTMP', async () => {
      const [project, other] = [await api().newProject(), await api().newProject()]
      const of = async (one: TestProject): Promise<string> => {
        const { id } = expectOk(await one.post('/rooms', { name: 'lobby' }))
        return expectOk(await one.post(`/rooms/${id}/streams`, { url }), 201).id as string
      }
      const [own, foreign] = [await of(project), await of(other)]
      const pathOf = (id: string) => `/streams/${id}`
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const body = method === 'PUT' ? { url } : undefined
        await expectNotFound(project, method, pathOf, { others: [foreign], body })
        await expectGuarded(project, method, pathOf(own))
      }
      await expectEachInvalid((fields) => project.put(pathOf(own), fields), invalidUrls)
      await expectMalformed(project, 'PUT', pathOf(own))
      expect(expectOk(await project.get(pathOf(own))).url).toBe(url)
    })
  })
}
