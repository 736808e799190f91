import assert from 'node:assert/strict'
import { allPermissions } from '@roomful/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ClientModel } from './test/ClientModel.ts'
import { World } from './test/World.ts'
import { layoutName, perform, racingScript, script } from './test/scripts.ts'
import type { Step } from './test/scripts.ts'

// fast-check prints the seed and the shortest failing script when a property does not hold.

/** About 8 s of processor time in all; the rest is room for a busy machine. */
const timeoutMs = 240_000

const settings = fc.record({
  layout: layoutName,
  prioritizeHandraise: fc.boolean(),
  maxMembers: fc.constantFrom(3, 20),
  toneOnEntryAndExit: fc.boolean(),
  joinVideoMuted: fc.boolean(),
})

/** What can be seen of a client's state, without what it was only called by. */
const seenBy = ({ session, members, layout }: ClientModel) => ({
  session: session && {
    ...session,
    members: null,
    // It moves on by itself.
    playbacks: session.playbacks.map((playback) => ({ ...playback, position: null })),
  },
  members: [...members.values()].sort((a, b) => a.id.localeCompare(b.id)),
  layout,
})

function checkLayout(world: World): void {
  if (world.clients.size === 0) return
  const { layers } = world.layout()
  const taken = layers.filter((layer) => layer.member_id !== null)
  assert.equal(new Set(layers.map((layer) => layer.position)).size, layers.length, 'places are unique')
  assert.equal(new Set(taken.map((layer) => layer.member_id)).size, taken.length, 'one layer for each')
  assert.deepEqual(
    layers.slice(-2).map((layer) => layer.position),
    ['playback', 'full-screen'],
  )
  const files = layers.filter((layer) => layer.playing_file)
  assert(files.every((layer) => layer.member_id === null && layer.visible))
  assert(files.length <= world.players.size)
  for (const { x, y, width, height } of layers) {
    assert(x >= 0 && y >= 0 && width > 0 && height > 0 && Math.max(x + width, y + height) <= 100 + 1e-9)
  }
  const byId = new Map(taken.map((layer) => [layer.member_id, layer]))
  const members = world.members()
  for (const member of members) {
    const layer = byId.get(member.id)
    assert.equal(member.current_position, layer?.position ?? 'off-canvas')
    assert.equal(member.visible, layer?.visible ?? false, 'visible members have exactly one layer')
    assert(!(member.visible && member.video_muted))
    assert(!(member.talking && member.audio_muted))
    byId.delete(member.id)
  }
  assert.equal(byId.size, 0, 'no layer holds anybody who is not a member')
  const boxes = [...taken, ...files].map((layer) => [
    layer.member_id ?? world.scene.layers.find(({ zIndex }) => zIndex === layer.z_index)?.sourceId,
    layer.x,
    layer.y,
    layer.width,
    layer.height,
    layer.z_index,
  ])
  const drawn = world.scene.layers.map((layer) => [
    layer.sourceId,
    layer.x,
    layer.y,
    layer.width,
    layer.height,
    layer.zIndex,
  ])
  const byName = (a: unknown[], b: unknown[]) => String(a[0]).localeCompare(String(b[0]))
  assert.deepEqual(drawn.sort(byName), boxes.sort(byName), 'the scene is the layout')
  assert.deepEqual([...world.sources.keys()].sort(), members.map((member) => member.id).sort())
  checkObjects(world)
}

/** What the room says that runs is what the media does. */
function checkObjects(world: World): void {
  const { recordings, streams, playbacks } = world.room.objects(world.nowMs)
  const runs = ({ state }: { state: string }): boolean => state !== 'completed'
  const stateOf = ({ id, state }: { id: string; state: string }) =>
    [id, state === 'paused' ? 'paused' : 'running'] as const
  assert.deepEqual(
    new Map([...recordings, ...streams].filter(runs).map(stateOf)),
    new Map([...world.outputs].sort()),
  )
  assert.deepEqual(new Map(playbacks.filter(runs).map(({ id, state }) => [id, state])), world.players)
  const session = world.clients.values().next().value?.session
  if (!session) return
  assert.equal(session.recording, recordings.some(runs))
  assert.equal(session.streaming, streams.some(runs))
}

/** Each client is told everything anew: that must be what it knew already. */
function checkClients(world: World): void {
  // A time limit may take somebody out during the wait: then the last count is told a second later.
  let participants: number
  do {
    participants = world.clients.size
    world.pass(1000)
  } while (world.clients.size !== participants)
  for (const client of [...world.clients.values()]) {
    const known = structuredClone(seenBy(client))
    world.do({ type: 'rejoin', memberId: client.id, callId: 'probe', sends: null })
    assert.deepEqual(known, seenBy(client))
  }
}

test(
  'UP3, LY8, LY9: 7,000 random scripts: clients rebuild all from events, layouts hold',
  () => {
    const property = fc.property(settings, script, (options, steps) => {
      const world = new World(options)
      for (const step of steps) {
        perform(world, step)
        if (world.ended) return
        checkLayout(world)
      }
      checkClients(world)
    })
    fc.assert(property, { numRuns: 7000 })
  },
  timeoutMs,
)

/** Who may do what, written down a second time and in another way than in the room. */
function mayDo(
  step: Extract<Step, { do: 'rpc' }>,
  held: ReadonlySet<string>,
  isMember: boolean,
  ownIds: readonly string[],
): boolean {
  const has = (name: string) => isMember && held.has(name)
  const name = step.method.replace('video.', '')
  if (name === 'member.remove') return has('room.member.remove')
  if (name.startsWith('recording.')) return has('room.recording')
  if (name === 'stream.start' && has('room.stream.start')) return true
  if (name.startsWith('stream.')) return has('room.stream')
  if (name.startsWith('playback.seek') && has('room.playback_seek')) return true
  if (name.startsWith('playback.')) return has('room.playback')
  if (name.startsWith('member.')) {
    const action = name.replace('member.', '').replace(/^(update|delete)_meta$/, 'set_meta')
    const memberId = step.params['member_id'] as string | undefined
    const isSelf = memberId === undefined || ownIds.includes(memberId)
    const actions = action === 'undeaf' ? ['undeaf', 'deaf'] : [action]
    if (/^member\.(update|delete)_meta$/.test(name) && has('room.set_meta')) return true
    return actions.some((each) => has(`room.member.${each}`) || (isSelf && has(`room.self.${each}`)))
  }
  if (name === 'set_layout' && step.params['positions'] !== undefined && !has('room.set_position'))
    return false
  return has(`room.${name.replace(/^(update|delete)_meta$/, 'set_meta')}`)
}

test(
  'PM4, UP6: 3,000 random scripts: nothing takes effect without its permission',
  () => {
    const permissions = fc.subarray([...allPermissions])
    let allowed = 0
    let denied = 0
    const property = fc.property(settings, permissions, script, (options, held, steps) => {
      const world = new World(options)
      const heldSet = new Set<string>(held)
      for (const step of steps) {
        const caller = step.do === 'rpc' ? world.clients.get(`p${step.who}`) : undefined
        const before = step.do === 'rpc' ? JSON.stringify([world.members(), world.room.mediaState()]) : ''
        const type = caller && world.room.typeOf(caller.id)
        const ownIds = world
          .members()
          .flatMap(({ id, parent_id }) => (id === caller?.id || parent_id === caller?.id ? [id] : []))
        const outcome = perform(world, step, held)
        if (step.do === 'rpc') {
          if (!outcome.ok) {
            assert.equal(
              JSON.stringify([world.members(), world.room.mediaState()]),
              before,
              'refused: unchanged',
            )
          }
          if (!caller) assert.deepEqual(outcome, { ok: false, code: 'member_not_found' })
          else {
            const isDenied = !outcome.ok && outcome.code === 'permission_denied'
            assert.equal(isDenied, !mayDo(step, heldSet, type === 'member', ownIds))
            if (isDenied) denied++
            else allowed++
          }
        }
        if (world.ended) return
      }
      checkClients(world)
    })
    fc.assert(property, { numRuns: 3000 })
    expect(allowed).toBeGreaterThan(1000)
    expect(denied).toBeGreaterThan(1000)
  },
  timeoutMs,
)

const needed = {
  startRecording: ['room.recording'],
  startStream: ['room.stream', 'room.stream.start'],
  play: ['room.playback'],
} as const

test(
  'RQ3: 600 random races: what takes its time begins only for who may still have it, or not at all',
  () => {
    let begun = 0
    let refused = 0
    const permissions = fc.subarray([...allPermissions], { minLength: allPermissions.length - 8 })
    const property = fc.property(settings, permissions, racingScript, (options, held, steps) => {
      const world = new World(options)
      world.holdsTasks = true
      for (const step of steps) {
        if (step.do !== 'release') perform(world, step, held)
        else {
          const { task, actor } = world.held[step.number] ?? {}
          const may: readonly string[] =
            actor?.kind === 'member' ? world.room.permissionsOf(actor.memberId) : []
          const outcome = world.release(step.number)
          if (task !== undefined && task.do in needed) {
            const names: readonly string[] = needed[task.do as keyof typeof needed]
            if (outcome?.ok) {
              assert(names.some((name) => may.includes(name)))
              begun++
            } else refused++
          }
        }
        if (world.ended) break
        checkLayout(world)
      }
      if (world.ended) {
        assert.deepEqual([world.outputs.size, world.players.size, world.sources.size], [0, 0, 0])
        while (world.held.length > 0) assert.equal(world.release(0), null)
        return
      }
      checkClients(world)
    })
    fc.assert(property, { numRuns: 600 })
    expect(begun).toBeGreaterThan(200)
    expect(refused).toBeGreaterThan(10)
  },
  timeoutMs,
)

test(
  'LY8: rooms of any size up to 300 keep every layout whole',
  () => {
    const sizes = [1, 2, 6, 7, 10, 11, 17, 18, 28, 29, 49, 50, 100, 101, 225, 226, 300]
    const world = new World({ maxMembers: 300 })
    world.join('p1')
    const host = world.client('p1')
    // Only the first is watched: three hundred clients would each be told of three hundred joinings.
    let count = 1
    for (const size of sizes) {
      for (; count < size; count++) {
        world.join(`p${count + 1}`)
        world.clients.delete(`p${count + 1}`)
      }
      for (const name of ['grid-responsive', 'highlight-1-responsive', 'grid-responsive-mobile', '3x3']) {
        world.rpc('p1', 'set_layout', { name })
        checkLayout(world)
        const places = { 'grid-responsive': 225, 'highlight-1-responsive': 49, 'grid-responsive-mobile': 36 }
        const most = places[name as keyof typeof places] ?? 9
        expect(host.layout?.layers.filter((layer) => layer.member_id !== null)).toHaveLength(
          Math.min(size, most),
        )
      }
    }
  },
  timeoutMs,
)
