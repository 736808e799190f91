import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import {
  isRoomSessionError,
  mediaError,
  RoomSessionError,
  sdkErrorCodes,
  toRoomSessionError,
} from './errors.ts'

test('the table in the README has every code', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const missing = sdkErrorCodes.filter((code) => !readme.includes(`\`${code}\``))
  expect(missing).toEqual([])
})

test('errors are Errors with a code and a cause', () => {
  const cause = new Error('inner')
  const error = toRoomSessionError(cause, 'negotiation_failed', 'It failed.')
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ name: 'RoomSessionError', message: 'It failed. inner', cause })
  expect(toRoomSessionError(error, 'media_failed')).toBe(error)
  expect(isRoomSessionError(error, 'negotiation_failed')).toBe(true)
  expect(isRoomSessionError(error, 'aborted')).toBe(false)
  expect(isRoomSessionError(cause)).toBe(false)
})

test.each([
  ['NotAllowedError', 'media_permission_denied'],
  ['NotFoundError', 'device_not_found'],
  ['NotReadableError', 'device_in_use'],
  ['OtherError', 'media_failed'],
])('%s of the browser becomes %s', (name, code) => {
  const error = mediaError(Object.assign(new Error('why'), { name }), 'the camera')
  expect(error).toMatchObject({ code, message: 'Could not open the camera: why' })
  expect(error).toBeInstanceOf(RoomSessionError)
})

test('an OverconstrainedError that is no Error is told as well', () => {
  const given = { name: 'OverconstrainedError', message: '', constraint: 'deviceId' }
  const message = 'Could not open the camera: No device satisfies "deviceId".'
  expect(mediaError(given, 'the camera')).toMatchObject({ code: 'device_not_found', message, cause: given })
  expect(mediaError('why', 'the camera').message).toBe('Could not open the camera: why')
})
