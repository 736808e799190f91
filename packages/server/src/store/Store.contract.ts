import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeAccess } from './contract/access.ts'
import { describeOutputs } from './contract/outputs.ts'
import { describeRooms } from './contract/rooms.ts'
import { describeSessions } from './contract/sessions.ts'
import { testRoom } from './testRecords.ts'
import type { Store } from './types.ts'

/** What every store must do. `reopen` closes it and opens the same data again. */
export function describeStore(
  name: string,
  open: () => Promise<{ store: Store; reopen: () => Promise<Store> }>,
): void {
  describe(name, () => {
    let opened: Awaited<ReturnType<typeof open>>
    let store: Store
    beforeAll(async () => {
      opened = await open()
      store = opened.store
    })
    afterAll(() => store.close())
    const underTest = {
      get store(): Store {
        return store
      },
    }
    describeAccess(underTest)
    describeRooms(underTest)
    describeSessions(underTest)
    describeOutputs(underTest)

    it('has everything after it was opened again', async () => {
      const room = testRoom({ projectId: randomUUID(), meta: { kept: true } })
      await store.rooms.create(room)
      store = await opened.reopen()
      expect(await store.rooms.find(room.projectId, room.id)).toEqual(room)
    })
  })
}
