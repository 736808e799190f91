import { describe, expect, it } from 'vitest'
import { anchorsOf, linksOf } from './markdown.ts'
import { runPage } from './runPage.ts'
import { differences, matches, type Known } from './shape.ts'

// What keeps the documentation true must itself be able to find a fault.

const [a, b, c] = ['a', 'b', 'c'].map((digit) => `${digit.repeat(8)}-0000-4000-8000-000000000000`)

describe('differences', () => {
  it('are keys, kinds, words and lengths, not times and numbers', () => {
    const sample = { name: 'Ada', at: '2026-01-01T00:00:00Z', count: 1, list: [1, 2], on: true, none: null }
    expect(differences(sample, { ...sample, at: '2027-02-03T04:05:06Z', count: 7 })).toEqual([])
    expect(differences(sample, { ...sample, more: 1 })).toEqual(['$.more: not in the sample, in truth 1'])
    const { name: _, ...without } = sample
    expect(differences(sample, without)).toEqual(['$.name: in the sample only'])
    for (const wrong of [{ name: 'Ben' }, { count: '1' }, { list: [1] }, { on: false }, { none: 1 }])
      expect(differences(sample, { ...sample, ...wrong })).toHaveLength(1)
    expect(differences({ room: '…', token: 'eyJ…' }, { room: { id: 1 }, token: 'eyJabc' })).toEqual([])
  })

  it('know that one id of a sample is one id of the run', () => {
    const known: Known = new Map()
    expect(differences({ room: a, member: b }, { room: b, member: c }, known)).toEqual([])
    expect(differences({ room: a }, { room: b }, known)).toEqual([])
    expect(differences({ room: a }, { room: c }, known)).toHaveLength(1)
  })

  it('of texts leave out what … stands for', () => {
    expect(matches('a … (c)', 'a b (c)')).toBe(true)
    expect(matches('a … (c)', 'a b c')).toBe(false)
  })
})

describe('links', () => {
  it('are found outside of code, and headings by their anchors', () => {
    expect(linksOf('[a](b.md#c) `[x](y)`\n```\n[x](y)\n```\n')).toEqual(['b.md#c'])
    expect(anchorsOf("## A room's life: `x.y`\n").has('a-rooms-life-xy')).toBe(true)
  })
})

describe('a page', () => {
  it('that tells the truth has no faults; variables stay, ports and ids are those of the run', async () => {
    const page = `
\`\`\`sh run
URL=http://localhost:8080
\`\`\`
<!-- test: Ada joins standup -->
\`\`\`sh run
curl -s -u 00000000-0000-4000-8000-000000000000:dev-token "$URL/api/video/rooms/standup" |
  node -p 'const { id, name } = JSON.parse(require("fs").readFileSync(0)); JSON.stringify({ id, name })'
\`\`\`
\`\`\`json output
{ "id": "${a}", "name": "standup" }
\`\`\`
\`\`\`sh run
curl -s -u 00000000-0000-4000-8000-000000000000:dev-token "$URL/api/video/rooms/${a}" | grep -c standup
\`\`\`
\`\`\`text output
1
\`\`\`
`
    expect(await runPage(page)).toEqual([])
  })

  it.each([
    ['a command that fails', '```sh run\nfalse\n```', /^line 1: It ended with 1/],
    ['a program that fails', '```js run\nthrow new Error("no")\n```', /^line 1: It ended with 1[^]*no/],
    ['other words', '```sh run\necho one\n```\n```text output\ntwo\n```', /^line 4: two[^]*one$/],
    ['no output', '```text output\ntwo\n```', /^line 1: There is nothing/],
  ])('with %s has a fault', async (_, page, fault) => {
    expect(await runPage(page)).toEqual([expect.stringMatching(fault)])
  })
})
