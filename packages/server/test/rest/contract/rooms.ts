import { describe, expect, it } from 'vitest'
import { testSession } from '../../../src/store/testRecords.ts'
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
} from './expectations.ts'
import { invalidRoomFields, layouts, metaOf } from './roomFields.ts'

export function roomContract(api: () => RestApi): void {
  const create = async (project: TestProject, fields: object = {}): Promise<Body> =>
    expectOk(await project.post('/rooms', { name: 'lobby', ...fields }))

  describe('POST /rooms', () => {
    it('makes a room with every default', async () => {
      const project = await api().newProject()
      const room = await create(project)
      const now = `${new Date(api().clock.nowMs()).toISOString().slice(0, 19)}Z`
      expect(room).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        name: 'lobby',
        display_name: 'lobby',
        description: null,
        max_members: 20,
        quality: '720p',
        fps: 25,
        join_from: null,
        join_until: null,
        remove_at: null,
        remove_after_seconds_elapsed: null,
        layout: 'grid-responsive',
        record_on_start: false,
        tone_on_entry_and_exit: true,
        room_join_video_off: false,
        user_join_video_off: false,
        enable_room_previews: false,
        sync_audio_video: null,
        meta: {},
        prioritize_handraise: false,
        created_at: now,
        updated_at: now,
      })
      expect(expectOk(await project.get(`/rooms/${room.id}`))).toEqual(room)
    })

    it('keeps every field, and ignores those that it does not know', async () => {
      const project = await api().newProject()
      const fields = {
        name: 'Board_room-1',
        display_name: 'Zażółć 会議室 🎥',
        description: '',
        max_members: 300,
        quality: '1080p',
        remove_after_seconds_elapsed: 200_000,
        layout: '5up',
        record_on_start: true,
        enable_room_previews: true,
        meta: { nested: { list: [1, null, 'x'] }, text: '"quoted" \u0000' },
        sync_audio_video: true,
        tone_on_entry_and_exit: false,
        room_join_video_off: true,
        user_join_video_off: true,
      }
      const times = {
        join_from: '2027-01-01',
        join_until: '2027-01-01T02:00:00+02:00',
        remove_at: '2027-01-02t00:00:00.9z',
      }
      const room = await create(project, { ...fields, ...times, id: unknownId, fps: 30, colour: 'red' })
      expect(room).toMatchObject({
        ...fields,
        fps: 25,
        join_from: '2027-01-01T00:00:00Z',
        join_until: '2027-01-01T00:00:00Z',
        remove_at: '2027-01-02T00:00:00Z',
      })
      expect(room.id).not.toBe(unknownId)
      expect(expectOk(await project.get('/rooms/Board_room-1'))).toEqual(room)
    })

    it('takes each field up to its limit, and null for what is left out', async () => {
      const project = await api().newProject()
      await create(project, {
        name: 'x'.repeat(100),
        display_name: 'x'.repeat(200),
        description: 'x'.repeat(3000),
        max_members: 1,
        remove_after_seconds_elapsed: 1,
        meta: metaOf(2000),
      })
      expectOk(await project.get(`/rooms/${'x'.repeat(100)}`))
      for (const [index, layout] of layouts.entries())
        await create(project, { name: `layout-${index}`, layout })
      const nulls = Object.fromEntries(invalidRoomFields.map(([field]) => [field, null]))
      expect(await create(project, { name: 'nulls', ...nulls })).toMatchObject({ max_members: 20, meta: {} })
    })

    it('refuses what is beyond a limit or of the wrong type, by field', async () => {
      const project = await api().newProject()
      const post = (fields: object) => project.post('/rooms', { name: 'lobby', ...fields })
      await expectEachInvalid(post, invalidRoomFields)
      const names = ['', 'x'.repeat(101), 'with space', 'ümlaut', 'a/b', 7, null, {}]
      await expectEachInvalid(
        post,
        names.map((name) => ['name', name] as const),
      )
      expectInvalid(await project.post('/rooms', {}), 'name')
      expectInvalid(await post({ name: '', quality: 'x', meta: 1 }), 'name', 'quality', 'meta')
      expect((await project.post('/rooms', {})).body.errors[0].message).toBe('Name must be present')
      expectOk(await post({}))
    })

    it('refuses a name that is taken, by a room or a conference, in this project only', async () => {
      const project = await api().newProject()
      await create(project)
      expectInvalid(await project.post('/rooms', { name: 'lobby' }), 'name')
      expectOk(await project.post('/conferences', { name: 'board', display_name: 'Board' }))
      expectInvalid(await project.post('/rooms', { name: 'board' }), 'name')
      await create(await api().newProject())
    })

    it('is guarded, and refuses what is no JSON object', async () => {
      const project = await api().newProject()
      await expectGuarded(project, 'POST', '/rooms')
      await expectMalformed(project, 'POST', '/rooms')
      const large = await project.post('/rooms', { name: 'lobby', description: 'x'.repeat(70_000) })
      expect([large.status, large.body]).toEqual([413, { error: 'Payload Too Large' }])
      const polluted = await project.post('/rooms', '{"name":"x","meta":{"__proto__":{"a":1}}}')
      expectError(polluted, 400)
      const deep = `{"name":"x","meta":${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}}`
      expectInvalid(await project.post('/rooms', deep), 'meta')
    })
  })

  describe('GET /rooms', () => {
    it('lists newest first, in pages, without conferences and other projects', async () => {
      const [project, other] = [await api().newProject(), await api().newProject()]
      const ids: string[] = []
      for (let index = 0; index < 5; index++) {
        ids.unshift((await create(project, { name: `room-${index}` })).id)
        await create(other, { name: `room-${index}` })
        await project.post('/conferences', { display_name: 'Board' })
        await api().clock.advance(index === 2 ? 0 : 1000)
      }
      await expectPages(project, '/rooms', ids)
      await expectPages(project, '/rooms?include_active_session=true', ids, { pageSize: 1 })
      await expectGuarded(project, 'GET', '/rooms')
    })

    it('gives absolute links that keep the filters', async () => {
      const project = await api().newProject()
      for (const name of ['a', 'b', 'c']) await create(project, { name, join_from: '2027-05-01' })
      const path = '/rooms?starts_after=2027-01-01&page_size=1&include_active_session=true'
      const { links } = expectOk(await project.get(path))
      const next = new URL(links.next)
      expect(next.origin + next.pathname).toBe('https://rooms.example.com/api/video/rooms')
      expect(Object.fromEntries(next.searchParams)).toEqual({
        starts_after: '2027-01-01',
        include_active_session: 'true',
        page_number: '1',
        page_size: '1',
        page_token: expect.stringMatching(/^PA[0-9a-f]{16}$/),
      })
    })

    it('has pages of 50 unless told otherwise, and skips nothing when rooms come meanwhile', async () => {
      const project = await api().newProject()
      for (let index = 0; index < 51; index++) await create(project, { name: `room-${index}` })
      const first = expectOk(await project.get('/rooms'))
      expect(first.data).toHaveLength(50)
      await create(project, { name: 'latecomer' })
      const second = expectOk(await project.get(first.links.next))
      expect(second.data.map(({ name }: Body) => name)).toEqual(['room-0'])
      expect(second.links).not.toHaveProperty('next')
      const names = expectOk(await project.get('/rooms?page_size=1000')).data.map(({ name }: Body) => name)
      expect([names.length, names[0]]).toEqual([52, 'latecomer'])
    })

    it('finds rooms by the time in which they are open', async () => {
      const project = await api().newProject()
      await create(project, { name: 'always' })
      await create(project, { name: 'may', join_from: '2027-05-01', join_until: '2027-05-31' })
      await create(project, { name: 'june', join_from: '2027-06-01', join_until: '2027-06-30' })
      const names = async (query: string): Promise<string[]> =>
        expectOk(await project.get(`/rooms?${query}`)).data.map(({ name }: Body) => name)
      expect(await names('starts_after=2027-05-01')).toEqual(['june', 'may'])
      expect(await names('starts_after=2027-05-01T00:00:01Z')).toEqual(['june'])
      expect(await names('ends_before=2027-05-31T00:00:00Z')).toEqual(['may'])
      expect(await names('ends_before=2027-05-31T01:00:00%2B02:00')).toEqual([])
      expect(await names('ends_before=2027-05-31T03:00:00+02:00')).toEqual(['may'])
      expect(await names(`ends_before=${Date.UTC(2027, 5, 30) / 1000}`)).toEqual(['june', 'may'])
      expect(await names('starts_after=2027-05-01&ends_before=2027-06-01')).toEqual(['may'])
      expectInvalid(await project.get('/rooms?starts_after=x&ends_before='), 'starts_after', 'ends_before')
      expectInvalid(await project.get('/rooms?include_active_session=yes'), 'include_active_session')
    })
  })

  describe('GET /rooms/{id or name}', () => {
    it('finds by id before name', async () => {
      const project = await api().newProject()
      const room = await create(project)
      const namesake = await create(project, { name: room.id.toUpperCase() })
      expect(expectOk(await project.get(`/rooms/${room.id}`)).id).toBe(room.id)
      expect(expectOk(await project.get('/rooms/lobby')).id).toBe(room.id)
      expectOk(await project.delete(`/rooms/${room.id}`), 204)
      expect(expectOk(await project.get(`/rooms/${room.id.toUpperCase()}`)).id).toBe(namesake.id)
    })

    it('is 404 for what is not there, and guarded', async () => {
      const [project, other] = [await api().newProject(), await api().newProject()]
      const foreign = await create(other)
      const conference = expectOk(
        await project.post('/conferences', { name: 'board', display_name: 'Board' }),
      )
      const others = [foreign.id, 'lobby', conference.id, 'board']
      await expectNotFound(project, 'GET', (id) => `/rooms/${id}`, { others })
      await expectGuarded(project, 'GET', `/rooms/${unknownId}`)
    })

    it('shows the running session if it is asked for', async () => {
      const project = await api().newProject()
      const room = await create(project, { enable_room_previews: true })
      const startedAtMs = Date.UTC(2026, 11, 1)
      const past = { projectId: project.id, roomId: room.id, name: 'lobby', startedAtMs: 1000 }
      await api().store.sessions.open(testSession({ ...past, status: 'completed', endedAtMs: 2000 }))
      const query = 'include_active_session=true'
      expect(expectOk(await project.get(`/rooms/lobby?${query}`))).not.toHaveProperty('active_session')
      const session = testSession({ ...past, startedAtMs, enableRoomPreviews: true, maxMembers: 7 })
      await api().store.sessions.open(session)

      const shown = {
        id: session.id,
        room_id: room.id,
        name: 'lobby',
        display_name: 'Lobby',
        join_from: null,
        join_until: null,
        remove_at: null,
        remove_after_seconds_elapsed: null,
        layout: 'grid-responsive',
        max_members: 7,
        fps: 25,
        quality: '720p',
        start_time: '2026-12-01T00:00:00Z',
        end_time: null,
        duration: null,
        status: 'in-progress',
        record_on_start: false,
        enable_room_previews: true,
        preview_url: `https://rooms.example.com/previews/${session.id}.webp`,
        audio_video_sync: null,
      }
      for (const path of [`/rooms/${room.id}`, '/rooms/lobby']) {
        expect(expectOk(await project.get(`${path}?${query}`)).active_session).toEqual(shown)
        expect(expectOk(await project.get(path))).not.toHaveProperty('active_session')
        expect(expectOk(await project.get(`${path}?include_active_session=false`))).not.toHaveProperty(
          'active_session',
        )
        expectInvalid(await project.get(`${path}?include_active_session=1`), 'include_active_session')
      }
      await create(project, { name: 'quiet' })
      const listed = expectOk(await project.get(`/rooms?${query}`)).data
      expect(listed.map(({ name, active_session }: Body) => [name, active_session])).toEqual([
        ['quiet', undefined],
        ['lobby', shown],
      ])
    })
  })

  describe('PUT /rooms/{id}', () => {
    it('changes what it is given and keeps the rest', async () => {
      const project = await api().newProject()
      const room = await create(project, {
        description: 'before',
        max_members: 7,
        meta: { a: 1 },
        join_from: '2027-01-01',
      })
      await api().clock.advance(5000)
      const updated = expectOk(
        await project.put(`/rooms/${room.id}`, { layout: '4x4', record_on_start: true }),
      )
      const now = `${new Date(api().clock.nowMs()).toISOString().slice(0, 19)}Z`
      expect(updated).toEqual({ ...room, layout: '4x4', record_on_start: true, updated_at: now })
      expect(expectOk(await project.get(`/rooms/${room.id}`))).toEqual(updated)
    })

    it('takes null for the default', async () => {
      const project = await api().newProject()
      const room = await create(project, {
        display_name: 'The lobby',
        description: 'before',
        max_members: 7,
        quality: '1080p',
        meta: { a: 1 },
        join_from: '2027-01-01',
        sync_audio_video: false,
        tone_on_entry_and_exit: false,
        room_join_video_off: true,
        user_join_video_off: true,
      })
      const fields = { display_name: null, description: null, max_members: null, quality: null, meta: null }
      const arrivals = { tone_on_entry_and_exit: null, room_join_video_off: null, user_join_video_off: null }
      const more = { join_from: null, sync_audio_video: null, ...arrivals }
      expect(expectOk(await project.put(`/rooms/${room.id}`, { ...fields, ...more }))).toMatchObject({
        display_name: 'lobby',
        description: null,
        max_members: 20,
        quality: '720p',
        meta: {},
        join_from: null,
        sync_audio_video: null,
        tone_on_entry_and_exit: true,
        room_join_video_off: false,
        user_join_video_off: false,
      })
    })

    it('renames, unless the name is taken or a session is running', async () => {
      const project = await api().newProject()
      const room = await create(project)
      await create(project, { name: 'other' })
      expectInvalid(await project.put(`/rooms/${room.id}`, { name: 'other' }), 'name')
      expectOk(await project.put(`/rooms/${room.id}`, { name: 'lobby' }))
      const renamed = expectOk(await project.put(`/rooms/${room.id}`, { name: 'foyer' }))
      expect(renamed).toMatchObject({ name: 'foyer', display_name: 'foyer' })
      await project.openSession({ roomId: room.id, name: 'foyer' })
      expectInvalid(await project.put(`/rooms/${room.id}`, { name: 'hall' }), 'name')
      expectOk(await project.put(`/rooms/${room.id}`, { name: 'foyer', display_name: 'Foyer' }))
      expectError(await project.get('/rooms/lobby'), 404)
    })

    it('refuses what POST refuses', async () => {
      const project = await api().newProject()
      const { id } = await create(project)
      await expectEachInvalid(
        (fields) => project.put(`/rooms/${id}`, fields),
        [...invalidRoomFields, ['name', ''], ['name', null], ['name', 'x'.repeat(101)]],
      )
      const foreign = await create(await api().newProject())
      await expectNotFound(project, 'PUT', (other) => `/rooms/${other}`, {
        body: {},
        others: [foreign.id, 'lobby'],
      })
      await expectGuarded(project, 'PUT', `/rooms/${id}`)
      await expectMalformed(project, 'PUT', `/rooms/${id}`)
      expectOk(await project.put(`/rooms/${id}`, {}))
    })
  })

  describe('DELETE /rooms/{id}', () => {
    it('deletes the room; its sessions stay, a running one goes on', async () => {
      const project = await api().newProject()
      const room = await create(project)
      const session = await project.openSession({ roomId: room.id })
      const json = { 'content-type': 'application/json' }
      const answer = await project.delete(`/rooms/${room.id}`, { headers: json })
      expect([answer.status, answer.body]).toEqual([204, ''])
      expectError(await project.get(`/rooms/${room.id}`), 404)
      expect(expectOk(await project.get(`/room_sessions/${session.id}`))).toMatchObject({
        room_id: null,
        status: 'in-progress',
      })
      await create(project)
    })

    it('is 404 for what is not there, and guarded', async () => {
      const project = await api().newProject()
      const room = await create(project)
      const foreign = await create(await api().newProject())
      await expectGuarded(project, 'DELETE', `/rooms/${room.id}`)
      await expectNotFound(project, 'DELETE', (id) => `/rooms/${id}`, { others: [foreign.id, 'lobby'] })
      expectOk(await project.delete(`/rooms/${room.id}`), 204)
      expectError(await project.delete(`/rooms/${room.id}`), 404)
    })
  })
}
