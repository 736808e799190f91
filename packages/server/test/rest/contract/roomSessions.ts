import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { testEvent, testMember, testRecording } from '../../../src/store/testRecords.ts'
import type { Body, RestApi } from '../RestApi.ts'
import {
  expectError,
  expectGuarded,
  expectInvalid,
  expectNotFound,
  expectOk,
  expectPages,
  unknownId,
} from './expectations.ts'

export function roomSessionContract(api: () => RestApi): void {
  describe('GET /room_sessions', () => {
    it('lists newest first, in pages, without other projects', async () => {
      const [project, other] = [await api().newProject(), await api().newProject()]
      const ids: string[] = []
      for (let index = 0; index < 5; index++) {
        ids.unshift((await project.openSession({ createdAtMs: 1000 * (index >> 1) })).id)
        await other.openSession()
      }
      await expectPages(project, '/room_sessions', ids)
      await expectGuarded(project, 'GET', '/room_sessions')
    })

    it('finds by room, name, part of the name, and status', async () => {
      const project = await api().newProject()
      const room = expectOk(await project.post('/rooms', { name: 'lobby' }))
      const lobby = await project.openSession({ roomId: room.id, name: 'lobby' })
      const hall = await project.openSession({ name: 'lobby_2%', status: 'completed', endedAtMs: 9000 })
      const ids = async (query: string): Promise<string[]> =>
        expectOk(await project.get(`/room_sessions?${query}`)).data.map(({ id }: Body) => id)
      expect(await ids('')).toEqual([hall.id, lobby.id])
      expect(await ids(`room_id=${room.id}`)).toEqual([lobby.id])
      expect(await ids(`room_id=${room.id.toUpperCase()}`)).toEqual([lobby.id])
      expect(await ids(`room_id=${unknownId}`)).toEqual([])
      expect(await ids('room_name=lobby')).toEqual([lobby.id])
      expect(await ids('room_name_matches=lob')).toEqual([hall.id, lobby.id])
      expect(await ids('room_name_matches=_2%25')).toEqual([hall.id])
      expect(await ids('room_name_matches=l_b')).toEqual([])
      expect(await ids('status=in-progress')).toEqual([lobby.id])
      expect(await ids('status=completed&room_name_matches=lobby')).toEqual([hall.id])
      expect(await ids('status=completed&room_name=lobby')).toEqual([])
      expectInvalid(await project.get('/room_sessions?room_id=lobby&status=running'), 'room_id', 'status')
      const zero = 'room_name=%00&room_name_matches=a%00'
      expectInvalid(await project.get(`/room_sessions?${zero}`), 'room_name', 'room_name_matches')
      await expectPages(project, '/room_sessions?room_name_matches=lobby', [hall.id, lobby.id], {
        pageSize: 1,
      })
    })

    it('tells more than the single session', async () => {
      const project = await api().newProject()
      const session = await project.openSession({ enableRoomPreviews: true })
      const single = expectOk(await project.get(`/room_sessions/${session.id}`))
      const [listed] = expectOk(await project.get('/room_sessions')).data
      expect(listed).toEqual({
        ...single,
        cost_in_dollars: 0,
        enable_room_previews: true,
        locked_cover: null,
      })
    })
  })

  describe('GET /room_sessions/{id}', () => {
    it('shows a running session and one that has ended', async () => {
      const project = await api().newProject()
      const room = expectOk(await project.post('/rooms', { name: 'lobby' }))
      const running = await project.openSession({
        roomId: room.id,
        enableRoomPreviews: true,
        locked: true,
        maxMembers: 9,
        prioritizeHandraise: true,
        syncAudioVideo: true,
        removeAfterSeconds: 60,
        removeAtMs: Date.UTC(2028, 0, 1),
      })
      const expected = {
        id: running.id,
        room_id: room.id,
        name: 'lobby',
        display_name: 'Lobby',
        max_members: 9,
        quality: '720p',
        fps: 25,
        join_from: null,
        join_until: null,
        remove_at: '2028-01-01T00:00:00Z',
        remove_after_seconds_elapsed: 60,
        layout: 'grid-responsive',
        record_on_start: false,
        tone_on_entry_and_exit: true,
        room_join_video_off: false,
        user_join_video_off: false,
        locked: true,
        start_time: '1970-01-01T00:00:01Z',
        end_time: null,
        duration: null,
        status: 'in-progress',
        preview_url: `https://rooms.example.com/previews/${running.id}.webp`,
        prioritize_handraise: true,
        sync_audio_video: true,
        created_at: '1970-01-01T00:00:01Z',
        updated_at: '1970-01-01T00:00:01Z',
      }
      expect(expectOk(await project.get(`/room_sessions/${running.id}`))).toEqual(expected)
      await api().store.sessions.close(running.id, 91_000)
      expect(expectOk(await project.get(`/room_sessions/${running.id}`))).toMatchObject({
        status: 'completed',
        end_time: '1970-01-01T00:01:31Z',
        duration: 90,
        preview_url: null,
      })
    })

    it('has no preview unless the room has previews', async () => {
      const project = await api().newProject()
      const { id } = await project.openSession()
      expect(expectOk(await project.get(`/room_sessions/${id}`))).toMatchObject({
        preview_url: null,
        room_id: null,
      })
    })

    it('is 404 for what is not there, and guarded', async () => {
      const [project, other] = [await api().newProject(), await api().newProject()]
      const foreign = await other.openSession()
      for (const part of ['', '/members', '/events', '/recordings']) {
        const pathOf = (id: string) => `/room_sessions/${id}${part}`
        await expectNotFound(project, 'GET', pathOf, { others: [foreign.id] })
        await expectGuarded(project, 'GET', pathOf(unknownId))
      }
      expectError(await project.get(`/room_sessions/${foreign.id}/members/${foreign.id}`), 404)
    })
  })

  describe('GET /room_sessions/{id}/members', () => {
    it('lists who was there, newest first, in pages, without screens and devices', async () => {
      const project = await api().newProject()
      const session = await project.openSession()
      const other = await project.openSession()
      const ids: string[] = []
      const join = async (fields: Partial<ReturnType<typeof testMember>>) => {
        const member = testMember(session.id, { projectId: project.id, ...fields })
        await api().store.members.join(member)
        return member
      }
      for (const type of ['member', 'audience', 'member', 'member'] as const)
        ids.unshift((await join({ type })).id)
      await join({ type: 'screen', parentId: ids[0] })
      await join({ type: 'device', parentId: ids[0] })
      await api().store.members.join(testMember(other.id, { projectId: project.id }))
      await expectPages(project, `/room_sessions/${session.id}/members`, ids)
    })

    it('tells how long each has been there', async () => {
      const project = await api().newProject()
      const session = await project.openSession()
      const joinedAtMs = api().clock.nowMs() - 61_000
      const member = testMember(session.id, { projectId: project.id, name: 'Ada', joinedAtMs })
      await api().store.members.join(member)
      const read = async () => expectOk(await project.get(`/room_sessions/${session.id}/members`)).data[0]
      expect(await read()).toEqual({
        id: member.id,
        room_session_id: session.id,
        name: 'Ada',
        join_time: `${new Date(joinedAtMs).toISOString().slice(0, 19)}Z`,
        leave_time: null,
        duration: 61,
        cost_in_dollars: 0,
      })
      await api().store.members.leave(session.id, member.id, joinedAtMs + 30_000)
      expect(await read()).toMatchObject({
        leave_time: `${new Date(joinedAtMs + 30_000).toISOString().slice(0, 19)}Z`,
        duration: 30,
      })
    })
  })

  describe('GET /room_sessions/{id}/events', () => {
    it('lists what happened, newest first, in pages', async () => {
      const project = await api().newProject()
      const session = await project.openSession()
      const memberId = randomUUID()
      const events = ['room.started', 'member.joined', 'member.left', 'room.ended'].map((name) =>
        testEvent(session.id, {
          projectId: project.id,
          name,
          ...(name.startsWith('member') && { memberId }),
        }),
      )
      await api().store.events.append(events)
      const path = `/room_sessions/${session.id}/events`
      await expectPages(project, path, events.map(({ id }) => id).reverse())
      const { data } = expectOk(await project.get(path))
      expect(data[1]).toEqual({
        id: events[2]?.id,
        project_id: project.id,
        room_id: null,
        room_session_id: session.id,
        room_participant_id: memberId,
        level: 'info',
        name: 'member.left',
        payload: { member: { name: 'Ada' } },
        created_at: '1970-01-01T00:00:02Z',
      })
      expect(data[0]).not.toHaveProperty('room_participant_id')
    })
  })

  describe('GET /room_sessions/{id}/recordings', () => {
    it('lists the recordings of the session, newest first, in pages', async () => {
      const project = await api().newProject()
      const [session, other] = [await project.openSession(), await project.openSession()]
      const ids: string[] = []
      for (let index = 0; index < 3; index++) {
        const recording = testRecording(session.id, { projectId: project.id })
        await api().store.recordings.create(recording)
        ids.unshift(recording.id)
      }
      await api().store.recordings.create(testRecording(other.id, { projectId: project.id }))
      const path = `/room_sessions/${session.id}/recordings`
      await expectPages(project, path, ids)
      await expectPages(project, `${path}?media_ttl=60`, ids)
      for (const ttl of ['-1', '604801', 'x', '1.5'])
        expectInvalid(await project.get(`${path}?media_ttl=${ttl}`), 'media_ttl')
    })
  })
}
