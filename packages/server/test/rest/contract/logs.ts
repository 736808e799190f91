import { describe, expect, it } from 'vitest'
import type { Body, RestApi } from '../RestApi.ts'
import {
  expectGuarded,
  expectInvalid,
  expectNotFound,
  expectOk,
  expectPages,
  unknownId,
} from './expectations.ts'

export function logContract(api: () => RestApi): void {
  describe('GET /logs', () => {
    it('lists sessions of rooms and conferences, newest first, in pages', async () => {
      const [project, other] = [await api().newProject(), await api().newProject()]
      const ids: string[] = []
      for (let index = 0; index < 3; index++) {
        ids.unshift((await project.openSession({ isConference: index === 1 })).id)
        await other.openSession()
      }
      await expectPages(project, '/logs', ids)
      const types = expectOk(await project.get('/logs')).data.map(({ type }: Body) => type)
      expect(types).toEqual(['video_room_session', 'video_conference_session', 'video_room_session'])
      await expectGuarded(project, 'GET', '/logs')
    })

    it('leaves deleted entries out unless they are asked for', async () => {
      const project = await api().newProject()
      const [kept, deleted] = [await project.openSession(), await project.openSession()]
      await api().store.sessions.discard(project.id, deleted.id, Date.UTC(2027, 0, 1))
      const ids = async (query: string): Promise<string[]> =>
        expectOk(await project.get(`/logs${query}`)).data.map(({ id }: Body) => id)
      expect(await ids('')).toEqual([kept.id])
      expect(await ids('?include_deleted=false')).toEqual([kept.id])
      expect(await ids('?include_deleted=true')).toEqual([deleted.id, kept.id])
      const entry = {
        id: deleted.id,
        discarded_at: '2027-01-01T00:00:00Z',
        created_at: '1970-01-01T00:00:01Z',
      }
      expect(expectOk(await project.get('/logs?include_deleted=true')).data[0]).toEqual(entry)
      expect(expectOk(await project.get(`/logs/${deleted.id}`))).toEqual(entry)
      await expectPages(project, '/logs?include_deleted=true', [deleted.id, kept.id], { pageSize: 1 })
    })

    it('finds entries by the day they are of', async () => {
      const project = await api().newProject()
      const names = ['before', 'start', 'end', 'after']
      const times = [
        '2027-03-09T23:59:59.999Z',
        '2027-03-10T00:00:00Z',
        '2027-03-10T23:59:59.999Z',
        '2027-03-11T00:00:00Z',
      ]
      for (const [index, name] of names.entries())
        await project.openSession({ name, createdAtMs: Date.parse(times[index] ?? '') })
      const found = async (query: string): Promise<string[]> =>
        expectOk(await project.get(`/logs?${query}`)).data.map(({ room_name }: Body) => room_name)
      expect(await found('created_on=2027-03-10')).toEqual(['end', 'start'])
      expect(await found('created_on=2027-03-10T12:34:56Z')).toEqual(['end', 'start'])
      expect(await found('created_after=2027-03-10')).toEqual(['after', 'end', 'start'])
      expect(await found('created_after=2027-03-10T00:00:01Z')).toEqual(['after', 'end'])
      expect(await found('created_before=2027-03-10')).toEqual(['before'])
      expect(await found('created_after=2027-03-10&created_before=2027-03-11')).toEqual(['end', 'start'])
      expect(await found('created_on=2027-03-10&created_after=2027-03-10T12:00:00Z')).toEqual(['end'])
      expect(await found('created_on=2027-03-12')).toEqual([])
      const bad = 'include_deleted=1&created_before=x&created_on=2027&created_after='
      expectInvalid(
        await project.get(`/logs?${bad}`),
        'include_deleted',
        'created_before',
        'created_on',
        'created_after',
      )
    })
  })

  describe('GET /logs/{id}', () => {
    it('shows one entry, with where the session is', async () => {
      const project = await api().newProject()
      const { id } = await project.openSession({ name: 'lobby', locked: true })
      const entry = expectOk(await project.get(`/logs/${id}`))
      expect(entry).toEqual({
        id,
        source: 'realtime_api',
        type: 'video_room_session',
        url: `https://rooms.example.com/api/video/room_sessions/${id}`,
        room_name: 'lobby',
        status: 'in-progress',
        locked: true,
        started_at: '1970-01-01T00:00:01Z',
        ended_at: null,
        charge: 0,
        created_at: '1970-01-01T00:00:01Z',
        charge_details: [],
      })
      expect(expectOk(await project.get(entry.url)).id).toBe(id)
      await api().store.sessions.close(id, 61_000)
      expect(expectOk(await project.get(`/logs/${id}`))).toMatchObject({
        status: 'completed',
        ended_at: '1970-01-01T00:01:01Z',
      })
    })

    it('is 404 for what is not there, and guarded', async () => {
      const project = await api().newProject()
      const foreign = await (await api().newProject()).openSession()
      await expectNotFound(project, 'GET', (id) => `/logs/${id}`, { others: [foreign.id] })
      await expectGuarded(project, 'GET', `/logs/${unknownId}`)
    })
  })
}
