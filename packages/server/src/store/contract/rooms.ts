import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { StoreConflictError } from '../errors.ts'
import type { ConferenceRecord, ConferenceTokenRecord } from '../records.ts'
import { testProjectId, testRoom, testSession } from '../testRecords.ts'
import type { Store } from '../types.ts'

export function describeRooms(opened: { readonly store: Store }): void {
  let store: Store
  // Every test has a project of its own, so they share one database.
  let projectId = ''
  beforeEach(() => {
    store = opened.store
    projectId = randomUUID()
  })

  describe('rooms and conferences', () => {
    it('gives back what was stored', async () => {
      const room = testRoom({
        projectId,
        displayName: 'Grüße 🎥 "quoted" \\ \'',
        description: 'x'.repeat(3000),
        joinFromMs: 1_900_000_000_123,
        removeAfterSeconds: 200_000,
        meta: { nested: { list: [1, null, 'é'] } },
        syncAudioVideo: true,
        recordOnStart: true,
      })
      await store.rooms.create(room)
      expect(await store.rooms.find(projectId, room.id)).toEqual(room)
      expect(await store.rooms.findByName(projectId, room.name)).toEqual(room)
      expect(await store.rooms.findJoinable(projectId, room.name)).toEqual(room)
    })

    it('is blind to other projects', async () => {
      const room = testRoom({ projectId })
      await store.rooms.create(room)
      expect(await store.rooms.find(testProjectId, room.id)).toBeNull()
      expect(await store.rooms.findByName(testProjectId, room.name)).toBeNull()
      expect(await store.rooms.update(testProjectId, room.id, { displayName: 'x' })).toBeNull()
      expect(await store.rooms.delete(testProjectId, room.id)).toBe(false)
      expect((await store.rooms.list(testProjectId, { pageSize: 10 })).items).not.toContainEqual(room)
    })

    it('refuses a name that is taken, in its own project only', async () => {
      const room = testRoom({ projectId, name: 'taken' })
      const other = testRoom({ projectId, name: 'free' })
      await store.rooms.create(room)
      await store.rooms.create(other)
      const clash = testRoom({ projectId, name: 'taken' })
      await expect(store.rooms.create(clash)).rejects.toThrow(StoreConflictError)
      await expect(store.rooms.create(clash)).rejects.toMatchObject({ property: 'name' })
      await expect(store.rooms.update(projectId, other.id, { name: 'taken' })).rejects.toThrow(
        StoreConflictError,
      )
      await expect(
        store.conferences.create(testConference({ projectId, name: 'taken' }), []),
      ).rejects.toThrow(StoreConflictError)
      await store.rooms.create(testRoom({ projectId: randomUUID(), name: 'taken' }))
    })

    it('does not take another clash for one of names', async () => {
      const room = testRoom({ projectId })
      await store.rooms.create(room)
      const copy = { ...room, name: 'another' }
      await expect(store.rooms.create(copy)).rejects.not.toBeInstanceOf(StoreConflictError)
    })

    it('changes what a patch names', async () => {
      const room = testRoom({ projectId, joinFromMs: 5, meta: { a: 1 } })
      await store.rooms.create(room)
      const patch = { displayName: 'New', joinFromMs: null, meta: { b: 2 }, maxMembers: undefined }
      const changed = { ...room, displayName: 'New', joinFromMs: null, meta: { b: 2 } }
      expect(await store.rooms.update(projectId, room.id, patch as object)).toEqual(changed)
      expect(await store.rooms.update(projectId, room.id, {})).toEqual(changed)
      expect(await store.rooms.update(projectId, randomUUID(), { displayName: 'x' })).toBeNull()
    })

    it('keeps the sessions of a room that is deleted, and nothing else of it', async () => {
      const room = testRoom({ projectId })
      await store.rooms.create(room)
      const session = testSession({ projectId, roomId: room.id })
      await store.sessions.open(session)
      const stream = newStream(room.id)
      await store.streams.create(stream)
      expect(await store.rooms.delete(projectId, room.id)).toBe(true)
      expect(await store.rooms.delete(projectId, room.id)).toBe(false)
      expect(await store.sessions.find(projectId, session.id)).toEqual({ ...session, roomId: null })
      expect(await store.streams.find(projectId, stream.id)).toBeNull()
    })

    it('lists rooms by their time limits', async () => {
      for (const [name, joinFromMs, joinUntilMs] of [
        ['open', null, null],
        ['early', 100, 200],
        ['late', 300, 400],
      ] as const) {
        await store.rooms.create(testRoom({ projectId, name, joinFromMs, joinUntilMs }))
      }
      const names = async (filter: object) =>
        (await store.rooms.list(projectId, { pageSize: 10 }, filter)).items.map((room) => room.name)
      expect(await names({})).toEqual(['late', 'early', 'open'])
      expect(await names({ startsAfterMs: 300 })).toEqual(['late'])
      expect(await names({ startsAfterMs: 301 })).toEqual([])
      expect(await names({ endsBeforeMs: 200 })).toEqual(['early'])
      expect(await names({ startsAfterMs: 100, endsBeforeMs: 400 })).toEqual(['late', 'early'])
    })

    it('keeps conferences apart from rooms, and their tokens with them', async () => {
      const conference = testConference({ projectId, name: 'talk' })
      const tokens = ['moderator', 'guest'].map((each) => newToken(conference.id, each))
      await store.conferences.create(conference, tokens)
      expect(await store.conferences.find(projectId, conference.id)).toEqual(conference)
      expect(await store.rooms.find(projectId, conference.id)).toBeNull()
      expect(await store.rooms.findByName(projectId, 'talk')).toBeNull()
      expect(await store.rooms.findJoinable(projectId, 'talk')).toEqual(conference)
      expect((await store.rooms.list(projectId, { pageSize: 10 })).items).toEqual([])
      expect((await store.conferences.list(projectId, { pageSize: 10 })).items).toEqual([conference])
      const patch = { conference: { ...conference.conference, enableChat: false } }
      expect(await store.rooms.update(projectId, conference.id, patch)).toBeNull()
      expect(await store.conferences.update(projectId, conference.id, patch)).toEqual({
        ...conference,
        ...patch,
      })
      const [moderator, guest] = tokens as [ConferenceTokenRecord, ConferenceTokenRecord]
      const listed = await store.conferenceTokens.list(projectId, conference.id, { pageSize: 10 })
      expect(listed.items).toEqual([guest, moderator])
      expect(await store.conferenceTokens.findByToken(guest.token)).toEqual(guest)
      const reset = { ...guest, token: `vpt_${randomUUID()}`, updatedAtMs: 9 }
      expect(await store.conferenceTokens.reset(projectId, guest.id, reset.token, 9)).toEqual(reset)
      expect(await store.conferenceTokens.findByToken(guest.token)).toBeNull()
      expect(await store.conferenceTokens.reset(testProjectId, guest.id, 'x', 9)).toBeNull()
      expect(await store.rooms.delete(projectId, conference.id)).toBe(false)
      expect(await store.conferences.delete(projectId, conference.id)).toBe(true)
      expect(await store.conferenceTokens.find(projectId, moderator.id)).toBeNull()
    })
  })

  function testConference(given: Partial<ConferenceRecord>): ConferenceRecord {
    const colors = {
      ...{ primary: '#044EF4', background: '#FFFFFF', foreground: '#1D2127' },
      ...{ success: '#17BB58', negative: '#F42C50' },
    }
    const conference = { size: 'medium', enableChat: true, dark: colors, light: colors } as const
    return { ...testRoom(given), conference }
  }

  function newToken(conferenceId: string, tokenName: string): ConferenceTokenRecord {
    return {
      ...{ id: randomUUID(), projectId, conferenceId, name: tokenName, token: `vpt_${randomUUID()}` },
      ...{ scopes: ['room.self.audio_mute'], createdAtMs: 1, updatedAtMs: 1 },
    }
  }

  function newStream(roomId: string) {
    return {
      id: randomUUID(),
      projectId,
      roomId,
      url: 'rtmp://host/app/key',
      createdAtMs: 1,
      updatedAtMs: 1,
    }
  }
}
