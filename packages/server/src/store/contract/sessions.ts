import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { SessionStreamRecord } from '../records.ts'
import { testEvent, testMember, testProjectId, testRecording, testRoom, testSession } from '../testRecords.ts'
import type { Page, PageRequest, Store } from '../types.ts'

export function describeSessions(opened: { readonly store: Store }): void {
  let store: Store
  // Every test has a project of its own, so they share one database.
  let projectId = ''
  beforeEach(() => {
    store = opened.store
    projectId = randomUUID()
  })

  describe('pages', () => {
    it('walks to the end and back, whatever comes and goes meanwhile', async () => {
      const sessions = Array.from({ length: 7 }, (_, i) => testSession({ projectId, name: `s${i}` }))
      for (const session of sessions) await store.sessions.open(session)
      const list = (page: PageRequest) => store.sessions.list(projectId, page)
      const names = (page: Page<{ name: string }>) => page.items.map((item) => item.name).join(' ')

      const first = await list({ pageSize: 3 })
      expect(names(first)).toBe('s6 s5 s4')
      expect(first.prevToken).toBeNull()
      expect(first.nextToken).toMatch(/^PA[0-9a-f]{16}$/)
      await store.sessions.open(testSession({ projectId, name: 's7' }))
      const second = await list({ pageSize: 3, pageToken: first.nextToken ?? '' })
      expect(names(second)).toBe('s3 s2 s1')
      const third = await list({ pageSize: 3, pageToken: second.nextToken ?? '' })
      expect(names(third)).toBe('s0')
      expect(third.nextToken).toBeNull()
      const back = await list({ pageSize: 3, pageToken: third.prevToken ?? '' })
      expect(names(back)).toBe('s3 s2 s1')
      const more = await list({ pageSize: 3, pageToken: back.prevToken ?? '' })
      expect(names(more)).toBe('s6 s5 s4')
      const top = await list({ pageSize: 3, pageToken: more.prevToken ?? '' })
      expect(names(top)).toBe('s7')
      expect(top.prevToken).toBeNull()
      expect(names(await list({ pageSize: 3, pageToken: top.nextToken ?? '' }))).toBe('s6 s5 s4')
    })

    it('is one page if all fits', async () => {
      for (const name of ['a', 'b']) await store.sessions.open(testSession({ projectId, name }))
      expect(await store.sessions.list(projectId, { pageSize: 2 })).toMatchObject({
        items: [{ name: 'b' }, { name: 'a' }],
        nextToken: null,
        prevToken: null,
      })
      expect(await store.sessions.list(randomUUID(), { pageSize: 2 })).toEqual({
        ...{ items: [], nextToken: null, prevToken: null },
      })
    })
  })

  describe('sessions', () => {
    it('opens, changes and closes one with all that is in it', async () => {
      const room = testRoom({ projectId })
      await store.rooms.create(room)
      const session = testSession({ projectId, roomId: room.id })
      await store.sessions.open(session)
      expect(await store.sessions.active(projectId, [room.id, randomUUID()])).toEqual(
        new Map([[room.id, session]]),
      )
      expect(await store.sessions.active(projectId, [])).toEqual(new Map())
      await store.sessions.setFlags(session.id, { locked: true, meta: { a: 1 } }, 3000)
      const [ada, bob] = [testMember(session.id, { projectId }), testMember(session.id, { projectId })]
      await store.members.join(ada)
      await store.members.join(bob)
      await store.members.leave(session.id, ada.id, 4000)
      const stream: SessionStreamRecord = {
        ...{ id: randomUUID(), projectId, sessionId: session.id, streamId: null, url: 'rtmp://x/y' },
        ...{ status: 'streaming', startedAtMs: 2500, endedAtMs: null, error: null },
      }
      await store.sessionStreams.start(stream)
      await store.sessions.close(session.id, 5000)
      expect(await store.sessions.find(projectId, session.id)).toEqual({
        ...session,
        ...{ locked: true, meta: { a: 1 }, status: 'completed', endedAtMs: 5000, updatedAtMs: 5000 },
      })
      expect(await store.sessions.active(projectId, [room.id])).toEqual(new Map())
      const { items } = await store.members.list(projectId, session.id, { pageSize: 10 })
      expect(items).toEqual([
        { ...bob, leftAtMs: 5000 },
        { ...ada, leftAtMs: 4000 },
      ])
      const streams = await store.sessionStreams.list(projectId, session.id, { pageSize: 10 })
      expect(streams.items).toEqual([{ ...stream, status: 'completed', endedAtMs: 5000 }])
      // Closed is closed: a late word changes nothing.
      await store.sessions.close(session.id, 9000)
      await store.members.leave(session.id, bob.id, 9000)
      expect((await store.sessions.find(projectId, session.id))?.endedAtMs).toBe(5000)
    })

    it('opens again what a crash had closed', async () => {
      const session = testSession({ projectId, ownerId: 'before' })
      const ada = testMember(session.id, { projectId })
      await store.sessions.open(session)
      await store.members.join(ada)
      await store.sessions.close(session.id, 4000)
      const again = { ...session, startedAtMs: 6000, ownerId: 'after', locked: true, updatedAtMs: 6000 }
      await store.sessions.open(again)
      await store.members.join({ ...ada, joinedAtMs: 6100, name: 'Ada L.' })
      expect(await store.sessions.find(projectId, session.id)).toEqual({ ...again, startedAtMs: 1000 })
      const { items } = await store.members.list(projectId, session.id, { pageSize: 10 })
      expect(items).toEqual([{ ...ada, name: 'Ada L.' }])
    })

    it('removes those that ended long ago, a few records at a time, unless they were recorded', async () => {
      const add = async (endedAtMs: number | null): Promise<string> => {
        const session = testSession({ projectId })
        const { id: sessionId } = session
        await store.sessions.open(session)
        for (let i = 0; i < 3; i++) {
          await store.members.join(testMember(sessionId, { projectId }))
          await store.events.append([testEvent(sessionId, { projectId })])
        }
        await store.sessionStreams.start({
          ...{ id: randomUUID(), projectId, sessionId, streamId: null, url: 'rtmp://x/y' },
          ...{ status: 'completed', startedAtMs: 1, endedAtMs: 2, error: null },
        })
        if (endedAtMs !== null) await store.sessions.close(sessionId, endedAtMs)
        return sessionId
      }
      const beforeMs = -1_000_000
      const [old, older, young] = [await add(beforeMs - 1), await add(beforeMs - 2), await add(beforeMs)]
      const [recorded, running] = [await add(beforeMs - 1), await add(null)]
      await store.recordings.create(testRecording(recorded, { projectId }))
      const known = async (): Promise<string[]> =>
        (await store.sessions.list(projectId, { pageSize: 10 })).items.map(({ id }) => id).reverse()

      const counts: number[] = []
      do counts.push(await store.sessions.prune(beforeMs, 5))
      while (counts.at(-1) === 5)
      // Two sessions, each with three members, three events and a stream.
      expect(counts).toEqual([5, 5, 5, 1])
      expect(await known()).toEqual([young, recorded, running])
      for (const sessionId of [old, older, young, recorded]) {
        const kept = [young, recorded].includes(sessionId) ? 3 : 0
        const page = { pageSize: 10 }
        expect((await store.members.list(projectId, sessionId, page)).items).toHaveLength(kept)
        expect((await store.events.list(projectId, { sessionId }, page)).items).toHaveLength(kept)
        const streams = (await store.sessionStreams.list(projectId, sessionId, page)).items
        expect(streams).toHaveLength(Math.min(kept, 1))
      }
      expect(await store.sessions.prune(beforeMs, 5)).toBe(0)
    })

    it('knows which were interrupted', async () => {
      const ids = { own: randomUUID(), alive: randomUUID(), stale: randomUUID(), done: randomUUID() }
      const own = `own-${projectId}`
      await store.sessions.open(testSession({ id: ids.own, projectId, ownerId: own }))
      await store.sessions.open(testSession({ id: ids.alive, projectId, ownerId: `${own}-alive` }))
      await store.sessions.open(testSession({ id: ids.stale, projectId, ownerId: `${own}-stale` }))
      await store.sessions.open(testSession({ id: ids.done, projectId, ownerId: own }))
      await store.sessions.close(ids.done, 2000)
      await store.sessions.alive({ ownerId: `${own}-alive` }, 8000)
      await store.sessions.alive({ ownerId: `${own}-alive` }, 7000)
      await store.sessions.alive({ id: ids.stale }, 2000)
      const interrupted = (await store.sessions.interrupted(own, 5000)).filter(
        (session) => session.projectId === projectId,
      )
      expect(interrupted.map(({ id, lastAliveAtMs }) => [id, lastAliveAtMs])).toEqual([
        [ids.own, 1000],
        [ids.stale, 2000],
      ])
      expect((await store.sessions.find(projectId, ids.alive))?.lastAliveAtMs).toBe(8000)
    })

    it('filters', async () => {
      const room = testRoom({ projectId })
      await store.rooms.create(room)
      const make = (name: string, createdAtMs: number, roomId: string | null = null) =>
        testSession({ projectId, name, createdAtMs, roomId })
      const all = [make('weekly_50%', 1000), make('Weekly-60', 2000, room.id), make('daily', 3000)]
      for (const session of all) await store.sessions.open(session)
      await store.sessions.close(all[2]?.id ?? '', 4000)
      const names = async (filter: object) =>
        (await store.sessions.list(projectId, { pageSize: 10 }, filter)).items.map(({ name }) => name)
      expect(await names({ roomId: room.id })).toEqual(['Weekly-60'])
      expect(await names({ roomName: 'daily' })).toEqual(['daily'])
      expect(await names({ roomName: 'dail' })).toEqual([])
      expect(await names({ roomNameMatches: 'eekly' })).toEqual(['Weekly-60', 'weekly_50%'])
      expect(await names({ roomNameMatches: 'weekly' })).toEqual(['weekly_50%'])
      // No wildcards.
      expect(await names({ roomNameMatches: '_50%' })).toEqual(['weekly_50%'])
      expect(await names({ roomNameMatches: '%' })).toEqual(['weekly_50%'])
      expect(await names({ status: 'completed' })).toEqual(['daily'])
      expect(await names({ status: 'in-progress', createdFromMs: 2000 })).toEqual(['Weekly-60'])
      expect(await names({ createdFromMs: 1000, createdBeforeMs: 2000 })).toEqual(['weekly_50%'])
      expect(await store.sessions.discard(projectId, all[0]?.id ?? '', 5000)).toBe(true)
      expect(await store.sessions.discard(projectId, all[0]?.id ?? '', 5000)).toBe(false)
      expect(await names({})).toEqual(['daily', 'Weekly-60'])
      expect(await names({ includeDiscarded: true })).toEqual(['daily', 'Weekly-60', 'weekly_50%'])
    })

    it('lists members by type', async () => {
      const session = testSession({ projectId })
      await store.sessions.open(session)
      for (const type of ['member', 'screen', 'audience'] as const) {
        await store.members.join(testMember(session.id, { projectId, type, name: type }))
      }
      const types = ['member', 'audience'] as const
      const { items } = await store.members.list(projectId, session.id, { pageSize: 10 }, { types })
      expect(items.map(({ name }) => name)).toEqual(['audience', 'member'])
    })

    it('lists events of a session and of a recording, the last one first', async () => {
      const session = testSession({ projectId })
      await store.sessions.open(session)
      const events = Array.from({ length: 1200 }, (_, i) =>
        testEvent(session.id, { projectId, name: `e${i}`, recordingId: i === 7 ? 'r' : null }),
      )
      await store.events.append(events)
      await store.events.append([])
      const page = await store.events.list(projectId, { sessionId: session.id }, { pageSize: 1000 })
      expect(page.items).toHaveLength(1000)
      expect(page.items[0]).toEqual(events[1199])
      const recorded = await store.events.list(projectId, { recordingId: 'r' }, { pageSize: 10 })
      expect(recorded.items).toEqual([events[7]])
      const foreign = await store.events.list(testProjectId, { sessionId: session.id }, { pageSize: 10 })
      expect(foreign.items).toEqual([])
    })
  })
}
