import { allPermissions, defaultPermissions } from '@roomful/protocol'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import type { RestApi, TestProject } from '../RestApi.ts'
import {
  expectEachInvalid,
  expectGuarded,
  expectInvalid,
  expectMalformed,
  expectOk,
  type FieldCase,
} from './expectations.ts'
import { metaOf } from './roomFields.ts'

const invalidFields: readonly FieldCase[] = [
  ['room_name', ''],
  ['room_name', null],
  ['room_name', 'x'.repeat(101)],
  ['room_name', 'two words'],
  ['room_name', 'ünder'],
  ['room_name', 7],
  ['user_name', ''],
  ['user_name', 'x'.repeat(101)],
  ['user_name', 7],
  ['user_name', 'Ada \udc00'],
  ['permissions', 'room.lock'],
  ['permissions', [7]],
  ['permissions', {}],
  ['permissions', ['room.self']],
  ['permissions', ['room.lock', 'room.unknown']],
  ['permissions', ['constructor']],
  ['join_as', 'guest'],
  ['join_as', ''],
  ['media_allowed', 'none'],
  ['join_from', 'soon'],
  ['join_until', 1_700_000_000],
  ['remove_at', '2027-13-01'],
  ['remove_at', true],
  ['remove_after_seconds_elapsed', 0],
  ['remove_after_seconds_elapsed', 200_001],
  ['remove_after_seconds_elapsed', 1.5],
  ['remove_after_seconds_elapsed', '900'],
  ['join_audio_muted', 'no'],
  ['join_video_muted', 0],
  ['auto_create_room', 'false'],
  ['room_display_name', ''],
  ['room_display_name', 'x'.repeat(201)],
  ['enable_room_previews', {}],
  ['room_meta', metaOf(2001)],
  ['room_meta', []],
  ['meta', metaOf(2001)],
  ['meta', 'x'],
  ['end_room_session_on_leave', 1],
  ['sync_audio_video', 'x'],
]

export function roomTokenContract(api: () => RestApi): void {
  const post = (project: TestProject, fields: object) =>
    project.post('/room_tokens', { room_name: 'lobby', ...fields })
  const claimsOf = async (project: TestProject, fields: object) => {
    const { token } = expectOk(await post(project, fields))
    return decodeJwt(token as string)
  }

  describe('POST /room_tokens', () => {
    it('gives a token of the project, with every default', async () => {
      const project = await api().newProject()
      const { token } = expectOk(await post(project, {}))
      expect(decodeProtectedHeader(token)).toEqual({
        alg: 'HS512',
        typ: 'VRT',
        ch: 'wss://rooms.example.com',
      })
      expect(decodeJwt(token)).toEqual({
        iat: expect.any(Number),
        jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
        sub: project.id,
        r: 'lobby',
        s: [...defaultPermissions],
        ja: 'member',
        ma: 'all',
        acr: true,
        erp: false,
        join_audio_muted: false,
        join_video_muted: false,
        end_room_session_on_leave: false,
        sync_audio_video: false,
      })
    })

    it('puts every field into the token', async () => {
      const project = await api().newProject()
      const claims = await claimsOf(project, {
        user_name: 'Ada Łovelace',
        permissions: ['room.lock', 'video.prioritize_handraise', 'room.lock', 'room.playback.seek'],
        media_allowed: 'video-only',
        join_from: '2027-01-01T00:00:00.5Z',
        join_until: '2027-01-01T02:00:00+02:00',
        remove_at: '2027-01-02',
        remove_after_seconds_elapsed: 900,
        join_audio_muted: true,
        join_video_muted: true,
        auto_create_room: false,
        room_display_name: 'My room',
        enable_room_previews: true,
        room_meta: { a: 1 },
        meta: { b: [2] },
        end_room_session_on_leave: true,
        sync_audio_video: true,
      })
      expect(claims).toMatchObject({
        u: 'Ada Łovelace',
        s: ['room.lock', 'room.prioritize_handraise', 'room.playback_seek'],
        ma: 'video-only',
        acr: false,
        jf: Date.UTC(2027, 0, 1) / 1000 + 0.5,
        ju: Date.UTC(2027, 0, 1) / 1000,
        rat: Date.UTC(2027, 0, 2) / 1000,
        rse: 900,
        join_audio_muted: true,
        join_video_muted: true,
        room_display_name: 'My room',
        erp: true,
        rmta: { a: 1 },
        mta: { b: [2] },
        end_room_session_on_leave: true,
        sync_audio_video: true,
      })
      expect(await claimsOf(project, { join_as: 'audience', permissions: ['room.lock'] })).toMatchObject({
        ja: 'audience',
        s: [],
      })
      expect((await claimsOf(project, { permissions: allPermissions }))['s']).toEqual([...allPermissions])
      expect((await claimsOf(project, { permissions: [] }))['s']).toEqual([])
    })

    it('takes each field up to its limit, and null for what is left out', async () => {
      const project = await api().newProject()
      await claimsOf(project, {
        room_name: 'x'.repeat(100),
        user_name: 'x'.repeat(100),
        room_display_name: 'x'.repeat(200),
        remove_after_seconds_elapsed: 200_000,
        room_meta: metaOf(2000),
        meta: metaOf(2000),
      })
      await claimsOf(project, { remove_after_seconds_elapsed: 1, room_name: 'A-z_0' })
      const nulls = Object.fromEntries(invalidFields.map(([field]) => [field, null]))
      expect(await claimsOf(project, { ...nulls, room_name: 'lobby' })).toMatchObject({
        ja: 'member',
        acr: true,
      })
    })

    it('refuses what is beyond a limit, unknown or of the wrong type, by field', async () => {
      const project = await api().newProject()
      await expectEachInvalid((fields) => post(project, fields), invalidFields)
      expectInvalid(await project.post('/room_tokens', {}), 'room_name')
      expectInvalid(await post(project, { user_name: 7, join_as: 'x' }), 'user_name', 'join_as')
    })

    it('is guarded, and refuses what is no JSON object', async () => {
      const project = await api().newProject()
      await expectGuarded(project, 'POST', '/room_tokens')
      await expectMalformed(project, 'POST', '/room_tokens')
    })
  })
}
