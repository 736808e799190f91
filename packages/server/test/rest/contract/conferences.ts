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

const parts = {
  primary: '#044EF4',
  background: '#FFFFFF',
  foreground: '#1D2127',
  success: '#17BB58',
  negative: '#F42C50',
}
const defaultColours = Object.fromEntries(
  ['dark', 'light'].flatMap((theme) =>
    Object.entries(parts).map(([part, colour]) => [`${theme}_${part}`, colour]),
  ),
)

const invalidFields: readonly FieldCase[] = [
  ['display_name', ''],
  ['display_name', null],
  ['display_name', 'x'.repeat(201)],
  ['display_name', 7],
  ['description', 'x'.repeat(3001)],
  ['join_from', 'soon'],
  ['join_until', 7],
  ['quality', '4k'],
  ['layout', 'grid'],
  ['size', 'huge'],
  ['size', 10],
  ['record_on_start', 'yes'],
  ['enable_room_previews', 1],
  ['enable_chat', 'no'],
  ...Object.keys(defaultColours).flatMap((name) => [[name, 'red'] as const, [name, '#12345'] as const]),
  ['dark_primary', '#1234567'],
  ['light_negative', '#12345g'],
  ['light_success', 0x112233],
]
const invalidPutFields: readonly FieldCase[] = [
  ['tone_on_entry_and_exit', 'x'],
  ['room_join_video_off', 1],
  ['user_join_video_off', 'true'],
]

export function conferenceContract(api: () => RestApi): void {
  const create = async (project: TestProject, fields: object = {}): Promise<Body> =>
    expectOk(await project.post('/conferences', { display_name: 'Board', ...fields }))

  describe('POST /conferences', () => {
    it('makes a conference with every default', async () => {
      const project = await api().newProject()
      const now = `${new Date(api().clock.nowMs()).toISOString().slice(0, 19)}Z`
      const conference = await create(project, { display_name: 'Zażółć: weekly  meeting!' })
      expect(conference).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        name: expect.stringMatching(/^zazo-c-weekly-meeting-[0-9a-f]{8}$/),
        display_name: 'Zażółć: weekly  meeting!',
        description: null,
        join_from: null,
        join_until: null,
        quality: '720p',
        layout: 'grid-responsive',
        size: 'medium',
        record_on_start: false,
        enable_room_previews: false,
        enable_chat: true,
        tone_on_entry_and_exit: true,
        room_join_video_off: false,
        user_join_video_off: false,
        ...defaultColours,
        meta: null,
        created_at: now,
        updated_at: now,
      })
      expect(expectOk(await project.get(`/conferences/${conference.id}`))).toEqual(conference)
    })

    it('keeps every field', async () => {
      const project = await api().newProject()
      const fields = {
        name: 'Board_1',
        display_name: 'x'.repeat(200),
        description: 'x'.repeat(3000),
        join_from: '2027-01-01T00:00:00Z',
        join_until: '2027-01-02T00:00:00Z',
        quality: '1080p',
        layout: '10x10',
        size: 'large',
        record_on_start: true,
        enable_room_previews: true,
        enable_chat: false,
        ...Object.fromEntries(Object.keys(defaultColours).map((name, index) => [name, `#00aBc${index}`])),
      }
      expect(await create(project, fields)).toMatchObject(fields)
      const ignored = { tone_on_entry_and_exit: false, meta: { a: 1 }, max_members: 1 }
      expect(await create(project, ignored)).toMatchObject({ tone_on_entry_and_exit: true, meta: null })
    })

    it('is joined as a room of its size', async () => {
      const project = await api().newProject()
      for (const [size, maxMembers] of [
        ['small', 10],
        ['medium', 50],
        ['large', 300],
      ] as const) {
        const { name } = await create(project, { size })
        expect(await api().store.rooms.findJoinable(project.id, name)).toMatchObject({ maxMembers })
      }
    })

    it('takes null for what is left out; names are generated, none twice', async () => {
      const project = await api().newProject()
      const nulls = Object.fromEntries([...invalidFields, ['name', 0]].map(([field]) => [field, null]))
      const [one, two] = [await create(project), await create(project, { ...nulls, display_name: 'Board' })]
      expect(one.name).not.toBe(two.name)
      expect({ ...two, id: one.id, name: one.name }).toEqual(one)
      expect((await create(project, { display_name: '会議' })).name).toMatch(/^conference-[0-9a-f]{8}$/)
      expect((await create(project, { display_name: 'x'.repeat(200) })).name.length).toBeLessThanOrEqual(100)
    })

    it('refuses what is beyond a limit or of the wrong type, and names that are taken', async () => {
      const project = await api().newProject()
      const post = (fields: object) => project.post('/conferences', { display_name: 'Board', ...fields })
      await expectEachInvalid(post, invalidFields)
      await expectEachInvalid(
        post,
        ['', 'x'.repeat(101), 'two words', 7].map((name) => ['name', name] as const),
      )
      expectInvalid(await project.post('/conferences', {}), 'display_name')
      await create(project, { name: 'x'.repeat(100) })
      expectInvalid(await post({ name: 'x'.repeat(100) }), 'name')
      expectOk(await project.post('/rooms', { name: 'lobby' }))
      expectInvalid(await post({ name: 'lobby' }), 'name')
      await expectGuarded(project, 'POST', '/conferences')
      await expectMalformed(project, 'POST', '/conferences')
    })
  })

  describe('GET /conferences', () => {
    it('lists newest first, in pages, without rooms and other projects', async () => {
      const [project, other] = [await api().newProject(), await api().newProject()]
      const ids: string[] = []
      for (let index = 0; index < 3; index++) {
        ids.unshift((await create(project)).id)
        await create(other)
        await project.post('/rooms', { name: `room-${index}` })
      }
      await expectPages(project, '/conferences', ids)
      await expectGuarded(project, 'GET', '/conferences')
    })

    it('finds conferences by the time in which they are open', async () => {
      const project = await api().newProject()
      await create(project, { name: 'always' })
      await create(project, { name: 'may', join_from: '2027-05-01', join_until: '2027-05-31' })
      const names = async (query: string): Promise<string[]> =>
        expectOk(await project.get(`/conferences?${query}`)).data.map(({ name }: Body) => name)
      expect(await names('starts_after=2027-05-01')).toEqual(['may'])
      expect(await names('starts_after=2027-05-02')).toEqual([])
      expect(await names(`ends_before=${Date.UTC(2027, 4, 31) / 1000}`)).toEqual(['may'])
      expectInvalid(await project.get('/conferences?ends_before=may'), 'ends_before')
      expectInvalid(await project.get('/conferences?include_active_session='), 'include_active_session')
    })
  })

  describe('GET /conferences/{id}', () => {
    it('shows the running session if it is asked for', async () => {
      const project = await api().newProject()
      const { id, name } = await create(project)
      const session = await project.openSession({ roomId: id, name, isConference: true })
      const query = '?include_active_session=true'
      expect(expectOk(await project.get(`/conferences/${id}`))).not.toHaveProperty('active_session')
      const { active_session } = expectOk(await project.get(`/conferences/${id}${query}`))
      expect(active_session).toMatchObject({ id: session.id, room_id: id, status: 'in-progress' })
      expect(expectOk(await project.get(`/conferences${query}`)).data[0].active_session).toEqual(
        active_session,
      )
    })

    it('is 404 for what is not there, and guarded', async () => {
      const [project, other] = [await api().newProject(), await api().newProject()]
      const foreign = await create(other)
      const room = expectOk(await project.post('/rooms', { name: 'lobby' }))
      const { name } = await create(project)
      const others = [foreign.id, room.id, name]
      for (const part of ['', '/conference_tokens']) {
        await expectNotFound(project, 'GET', (id) => `/conferences/${id}${part}`, { others })
        await expectGuarded(project, 'GET', `/conferences/${unknownId}${part}`)
      }
    })
  })

  describe('PUT /conferences/{id}', () => {
    it('changes what it is given and keeps the rest', async () => {
      const project = await api().newProject()
      const before = await create(project, {
        size: 'small',
        dark_primary: '#111111',
        description: 'before',
        enable_chat: false,
      })
      await api().clock.advance(1000)
      const changes = {
        tone_on_entry_and_exit: false,
        room_join_video_off: true,
        user_join_video_off: true,
        light_success: '#222222',
      }
      const after = expectOk(
        await project.put(`/conferences/${before.id}`, { display_name: 'New', ...changes, name: 'new' }),
      )
      const now = `${new Date(api().clock.nowMs()).toISOString().slice(0, 19)}Z`
      expect(after).toEqual({ ...before, ...changes, display_name: 'New', updated_at: now })
      expect(expectOk(await project.get(`/conferences/${before.id}`))).toEqual(after)
      const large = { display_name: 'New', size: 'large' }
      expect(expectOk(await project.put(`/conferences/${before.id}`, large))).toMatchObject({ size: 'large' })
      expect(await api().store.rooms.findJoinable(project.id, before.name)).toMatchObject({ maxMembers: 300 })
    })

    it('takes null for the default', async () => {
      const project = await api().newProject()
      const { id } = await create(project, {
        size: 'small',
        dark_primary: '#111111',
        description: 'x',
        enable_chat: false,
      })
      const nulls = Object.fromEntries(
        [...invalidFields, ...invalidPutFields].map(([field]) => [field, null]),
      )
      expect(
        expectOk(await project.put(`/conferences/${id}`, { ...nulls, display_name: 'Board' })),
      ).toMatchObject({
        size: 'medium',
        description: null,
        enable_chat: true,
        tone_on_entry_and_exit: true,
        ...defaultColours,
      })
    })

    it('refuses what is wrong', async () => {
      const project = await api().newProject()
      const { id } = await create(project)
      const put = (fields: object) => project.put(`/conferences/${id}`, { display_name: 'Board', ...fields })
      await expectEachInvalid(put, [...invalidFields, ...invalidPutFields])
      expectInvalid(await project.put(`/conferences/${id}`, {}), 'display_name')
      const foreign = await create(await api().newProject())
      const options = { body: { display_name: 'x' }, others: [foreign.id] }
      await expectNotFound(project, 'PUT', (other) => `/conferences/${other}`, options)
      await expectGuarded(project, 'PUT', `/conferences/${id}`)
      await expectMalformed(project, 'PUT', `/conferences/${id}`)
    })
  })

  describe('DELETE /conferences/{id}', () => {
    it('deletes the conference and its tokens; its sessions stay', async () => {
      const project = await api().newProject()
      const { id } = await create(project)
      const session = await project.openSession({ roomId: id, isConference: true })
      const [token] = expectOk(await project.get(`/conferences/${id}/conference_tokens`)).data
      await expectGuarded(project, 'DELETE', `/conferences/${id}`)
      expectOk(await project.delete(`/conferences/${id}`), 204)
      expectError(await project.delete(`/conferences/${id}`), 404)
      expectError(await project.get(`/conference_tokens/${token.id}`), 404)
      expectOk(await project.get(`/room_sessions/${session.id}`))
      const foreign = await create(await api().newProject())
      await expectNotFound(project, 'DELETE', (other) => `/conferences/${other}`, { others: [foreign.id] })
    })
  })
}
