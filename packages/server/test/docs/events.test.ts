import { beforeAll, describe, expect, it } from 'vitest'
import type { Frame } from '../support/TestClient.ts'
import { allEventTypes, runSession } from './eventRun.ts'
import { blocksOf, readPage } from './markdown.ts'
import { differences, type Known } from './shape.ts'

const page = readPage('docs/events.md')
/** Sections `### video.…`, each with its sample. */
const samples = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .flatMap((section) => {
      const [, type] = /^`(video\.[\w.]+)`/.exec(section) ?? []
      const [block] = blocksOf(section)
      return type === undefined || block === undefined ? [] : [[type, block.text] as const]
    }),
)

describe('docs/events.md', () => {
  let told: Map<string, Frame>
  beforeAll(async () => {
    told = await runSession()
  })

  it('has a sample of every event that the server sends', () => {
    expect([...told.keys()].sort()).toEqual([...allEventTypes].sort())
    expect([...samples.keys()].sort()).toEqual([...allEventTypes].sort())
  })

  it('has samples like the events of a session', () => {
    // Ids of all samples are of one session.
    const known: Known = new Map()
    const wrong = [...samples].flatMap(([type, sample]) =>
      differences(JSON.parse(sample), told.get(type), known, type),
    )
    expect(wrong).toEqual([])
  })

  it('names every event of the SDK, and none that it has not', () => {
    const reference = readPage('docs/reference/room-session.md').split('\n## Events\n')[1]!
    const events = [...reference.matchAll(/^### (\S+)$/gm)].map(([, name]) => name!)
    const rows = page.split('\n## Events of the SDK\n')[1]!.matchAll(/^\| (.*?) +\|/gm)
    const named = [...rows].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([\w.]+)`/g)].map(([, name]) => name!),
    )
    expect(named.sort()).toEqual(events.sort())
  })
})
