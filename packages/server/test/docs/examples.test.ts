import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { envSchema } from '../../src/config/schema.ts'
import { startTestServer } from '../support/startTestServer.ts'
import { anchorsOf, blocksOf, linksOf, pages, readPage, root, type Block } from './markdown.ts'
import { notRun } from './notRun.ts'
import { runPage } from './runPage.ts'

const title = ({ line, text }: { line: number; text: string }): string =>
  `line ${line}: ${text.split('\n')[0]}`
const isDone = (flags: Block['flags']): boolean => flags.has('run') || flags.has('serve')
const tells = ['run', 'output', 'serve', 'file']
/** In a browser: e2e/docs.test.ts. */
const elsewhere = new Set(['html'])

describe('what the pages tell their readers to do', () => {
  const runnable = pages.filter((page) => blocksOf(readPage(page)).some(({ flags }) => flags.has('run')))

  it('is found by this test', () => {
    expect(runnable).toEqual(expect.arrayContaining(['README.md', 'docs/embedding.md', 'docs/rest.md']))
  })

  it.concurrent.each(runnable)('%s works as it says', async (page) => {
    expect(await runPage(readPage(page))).toEqual([])
  })

  it('is run, or there is a reason why not', () => {
    for (const page of pages) {
      const idle = blocksOf(readPage(page)).filter(({ flags }) => !tells.some((flag) => flags.has(flag)))
      const reasons = notRun[page] ?? {}
      const unexplained = idle.filter(
        ({ text }) => !Object.keys(reasons).some((start) => text.startsWith(start)),
      )
      expect(unexplained.map(title), page).toEqual([])
      const stale = Object.keys(reasons).filter((start) => !idle.some(({ text }) => text.startsWith(start)))
      expect(stale, `reasons without an example in ${page}`).toEqual([])
    }
  })

  it('is run here, unless a browser is needed', () => {
    for (const page of pages) {
      const blocks = blocksOf(readPage(page))
      const kept = blocks.filter(({ flags }) => flags.has('file') && !isDone(flags))
      const used = (name: string) => blocks.some(({ flags, text }) => isDone(flags) && text.includes(name))
      const idle = kept.filter(
        ({ language, flags }) => !elsewhere.has(language) && !used(flags.get('file') ?? ''),
      )
      expect(idle.map(title), page).toEqual([])
    }
  })
})

describe('names', () => {
  it('of settings are those that the server knows', () => {
    const known = new Set([...Object.keys(envSchema.shape), 'ROOMFUL_CONFIG', 'ROOMFUL_URL'])
    for (const page of pages) {
      const named = readPage(page).match(/\bROOMFUL_[A-Z0-9_]+\b/g) ?? []
      expect(
        named.filter((name) => !known.has(name)),
        page,
      ).toEqual([])
    }
  })

  it('of metrics are those that a server with a room tells', async () => {
    await using test = await startTestServer()
    await test.join()
    const { projectId, apiToken } = test.server.config
    const authorization = `Basic ${Buffer.from(`${projectId}:${apiToken}`).toString('base64')}`
    const metrics = await (await fetch(`${test.server.url}/metrics`, { headers: { authorization } })).text()
    const known = new Set([...metrics.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name!))
    const named = readPage('docs/operating.md').match(/\broomful_[a-z_]+\b/g) ?? []
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((name) => !known.has(name))).toEqual([])
  })
})

describe('links', () => {
  const all = ['*.md', 'docs/**/*.md', 'packages/*/README.md'].flatMap((pattern) =>
    globSync(pattern, { cwd: root }),
  )

  it.each(all)('of %s lead somewhere', (page) => {
    const broken = linksOf(readPage(page)).filter((target) => {
      if (/^https?:/.test(target)) return false
      const [file = '', anchor] = target.split('#')
      const path = file === '' ? page : normalize(join(dirname(page), file))
      if (!existsSync(root + path)) return true
      return anchor !== undefined && !anchorsOf(readFileSync(root + path, 'utf8')).has(anchor)
    })
    expect(broken).toEqual([])
  })

  it('of the README lead to every page of docs', () => {
    const linked = new Set(linksOf(readPage('README.md')))
    expect(pages.filter((page) => page !== 'README.md' && !linked.has(page))).toEqual([])
  })
})
