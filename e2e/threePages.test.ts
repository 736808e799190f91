import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Rgb } from '@roomful/load-test'
import { BrowserMember, type Client } from './support/BrowserMember.ts'
import { person } from './support/people.ts'
import { expectTiles } from './support/picture.ts'
import { startTestServer, type TestServer } from './support/server.ts'
import { waitFor } from './support/waitFor.ts'

const clients: readonly Client[] = ['roomful', 'roomful', 'stock']

let server: TestServer
const members: BrowserMember[] = []
const colors = new Map<string, Rgb>()

beforeAll(async () => {
  server = await startTestServer()
  for (const [index, client] of clients.entries()) {
    const member = await BrowserMember.open(person(index), client, server.url)
    members.push(member)
    await member.join(await server.token('three', member.person.name))
    colors.set(await member.memberId(), member.person.color)
  }
})

afterAll(async () => {
  await Promise.all(members.map((member) => member.close()))
  await server?.close()
})

test('every page sees each member fill exactly the rectangle that layout.changed names', async () => {
  for (const member of members) {
    const layout = await expectTiles(member, colors)
    expect(layout.name).toBe('grid-responsive')
    expect(layout.layers.slice(-2).map((layer) => layer.position)).toEqual(['playback', 'full-screen'])
  }
})

test('everybody hears the others and not themselves', async () => {
  const tones = members.map((member) => member.person.toneHz)
  for (const [index, member] of members.entries()) {
    const levels = await waitFor(
      `${member.person.name} to hear the others at least 30 dB above themselves`,
      async () => {
        const heard = await member.tonesDb(tones)
        const own = heard[index] ?? 0
        const others = heard.filter((_, other) => other !== index)
        if (others.every((level) => level > -60 && level - own >= 30)) return heard
        throw new Error(`heard ${JSON.stringify(heard)} dBFS at ${tones.join()} Hz, own is number ${index}`)
      },
      { timeoutMs: 20_000 },
    )
    expect(levels).toHaveLength(tones.length)
  }
})

test('no page saw an error that nobody handled', () => {
  for (const member of members) expect(member.pageErrors).toEqual([])
})
