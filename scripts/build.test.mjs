import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashSources } from './lib/build.mjs'

describe('hashSources', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'roomful-build-'))
    put('src/a.ts', 'one')
    put('src/deep/b.ts', 'two')
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  function put(path, text) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  const hash = () => hashSources(directory, ['src', 'missing.json'])

  it('changes with the contents, the names and the set of files', () => {
    const seen = new Set([hash()])
    put('src/deep/b.ts', 'three')
    seen.add(hash())
    put('src/c.ts', '')
    seen.add(hash())
    put('missing.json', '{}')
    seen.add(hash())
    expect(seen.size).toBe(4)
  })

  it('stays when only tests, built files or times change', () => {
    const before = hash()
    put('src/a.test.ts', 'test')
    put('src/test/page.ts', 'test')
    put('src/dist/a.js', 'built')
    put('src/a.ts', 'one')
    expect(hash()).toBe(before)
  })
})
