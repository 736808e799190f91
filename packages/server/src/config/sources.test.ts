import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConfigError } from './ConfigError.ts'
import { flagOf, readSettings } from './sources.ts'

let directory: string
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'roomful-config-'))))
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const file = (text: string): string => {
  const path = join(directory, 'roomful.conf')
  writeFileSync(path, text)
  return path
}

describe('readSettings', () => {
  it('takes flags before the environment, and the environment before the file', () => {
    const path = file('PORT=1\nHOST=file\nROOMFUL_RTC_PORT=3 # the first\n')
    const settings = readSettings(['--port=9', '--config', path], { PORT: '5', HOST: 'environment' })
    expect(settings).toMatchObject({ PORT: '9', HOST: 'environment', ROOMFUL_RTC_PORT: '3' })
  })

  it('finds the file by ROOMFUL_CONFIG too, and lets an empty variable count as unset', () => {
    const path = file('HOST=file\n')
    expect(readSettings([], { ROOMFUL_CONFIG: path, HOST: ' ' })).toMatchObject({ HOST: 'file' })
  })

  it('takes --demo with and without a value', () => {
    expect(readSettings(['--demo', '--port', '1'], {})).toEqual({ ROOMFUL_DEMO: 'true', PORT: '1' })
    expect(readSettings(['--demo', 'false'], {})).toEqual({ ROOMFUL_DEMO: 'false' })
    expect(readSettings(['--demo=0'], {})).toEqual({ ROOMFUL_DEMO: '0' })
  })

  it('names what nobody knows, and what there is', () => {
    expect(() => readSettings(['--prot=9'], {})).toThrow(/There is no --prot\. There are: .*--port/)
    expect(() => readSettings(['start'], {})).toThrow('There is no start')
    expect(() => readSettings(['--port'], {})).toThrow('--port needs a value')
    const path = file('PORTT=1\n')
    expect(() => readSettings([`--config=${path}`], {})).toThrow(/sets PORTT, which Roomful does not know/)
    expect(() => readSettings(['--config', '/nowhere/file'], {})).toThrow(ConfigError)
  })

  it('has a flag for every setting', () => {
    expect(flagOf('ROOMFUL_RTC_PORT')).toBe('--rtc-port')
    expect(flagOf('HOST')).toBe('--host')
  })
})
