import { expect, test } from 'vitest'
import { parseCliOptions } from './cliOptions.ts'

const base = ['--url', 'ws://127.0.0.1:8080', '--room', 'demo']

test('knows both URLs from either', () => {
  const urls = { httpUrl: 'http://127.0.0.1:8080', webSocketUrl: 'ws://127.0.0.1:8080' }
  expect(parseCliOptions(base, {})).toMatchObject({ ...urls, roomName: 'demo', members: 2, speakers: 2 })
  expect(parseCliOptions(['--url=https://rooms.example/', '--room=x'], {})).toMatchObject({
    httpUrl: 'https://rooms.example',
    webSocketUrl: 'wss://rooms.example',
  })
})

test('takes credentials from the command line or the environment, both or none', () => {
  expect(parseCliOptions(base, {}).credentials).toBeUndefined()
  const env = { ROOMFUL_PROJECT_ID: 'p', ROOMFUL_API_TOKEN: 't' }
  expect(parseCliOptions(base, env).credentials).toEqual({ projectId: 'p', apiToken: 't' })
  expect(parseCliOptions([...base, '--project=q', '--token=u'], env).credentials?.projectId).toBe('q')
  expect(() => parseCliOptions([...base, '--project=q'], {})).toThrow('go together')
})

test('knows who only watches', () => {
  const env = { ROOMFUL_PROJECT_ID: 'p', ROOMFUL_API_TOKEN: 't' }
  expect(parseCliOptions(base, {})).toMatchObject({ audience: 0, audienceBps: undefined })
  const options = parseCliOptions([...base, '--members=0', '--audience=300', '--audience-kbps=150'], env)
  expect(options).toMatchObject({ members: 0, audience: 300, audienceBps: 150_000 })
  expect(() => parseCliOptions([...base, '--audience=2'], {})).toThrow(
    '--audience needs --project and --token',
  )
})

test('says what is allowed', () => {
  expect(() => parseCliOptions(['--room=x'], {})).toThrow('--url and --room are needed')
  expect(() => parseCliOptions(['--url=ftp://x', '--room=x'], {})).toThrow('not "ftp://x"')
  expect(() => parseCliOptions([...base, '--members=0'], {})).toThrow(
    '--members takes a whole number from 1 to 500',
  )
  expect(() => parseCliOptions([...base, '--seconds=1.5'], {})).toThrow('--seconds')
})
