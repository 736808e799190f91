import { defaultPermissions } from '@roomful/protocol'
import { describe, expect, it } from 'vitest'
import { startTestServer } from './support/startTestServer.ts'
import { waitFor } from './support/waitFor.ts'

/** What is to be kept waiting, and what ends that. */
function hold(): { until: Promise<void>; release: () => void } {
  let release = (): void => {}
  const until = new Promise<void>((resolve) => (release = resolve))
  return { until, release }
}

describe('what a member asked the media for before it left', () => {
  it('is told to the others if it cannot be undone', async () => {
    await using test = await startTestServer()
    const ada = await test.join()
    const bob = await test.join()
    const { room } = test.media
    const { recording } = (await ada.request('video.recording.start'))['result']
    const { playback } = (await ada.request('video.playback.start', { url: 'https://a.example/film.mp4' }))[
      'result'
    ]
    const pauses = hold()
    room.holdPauses = pauses.until
    const asked = [
      ada.request('video.recording.pause', { recording_id: recording.id }),
      ada.request('video.playback.pause', { playback_id: playback.id }),
    ]
    await ada.roundTrip()
    await ada.verto('verto.bye', { dialogParams: { callID: ada.callId } })
    pauses.release()
    expect((await bob.event('video.recording.updated')).params['recording']).toMatchObject({
      state: 'paused',
    })
    expect(room.outputs.get(recording.id)?.paused).toBe(true)
    expect((await bob.event('video.playback.updated')).params['playback']).toMatchObject({ state: 'paused' })
    const { recordings } = (await bob.request('video.recording.list'))['result']
    expect(recordings).toMatchObject([{ id: recording.id, state: 'paused' }])
    for (const reply of asked) void reply.catch(() => {})
    await waitFor(() => bob.count('video.member.left') === 1, 'the others to be told')
  })
})

describe('what a member asked the media for before it was demoted', () => {
  it('is undone, and refused as to anybody without the permission', async () => {
    await using test = await startTestServer()
    const ada = await test.join()
    const bob = await test.join({
      s: [...defaultPermissions, 'room.recording', 'room.playback', 'room.stream'],
    })
    const { room } = test.media
    const starts = hold()
    room.holdStarts = starts.until
    const replies = [
      bob.request('video.recording.start'),
      bob.request('video.stream.start', { url: 'rtmp://a.example/live/key' }),
      bob.request('video.playback.start', { url: 'https://a.example/film.mp4' }),
    ]
    await waitFor(() => room.starting.size === 2, 'the media to be asked')
    const demoted = await ada.request('video.member.demote', { member_id: bob.memberId })
    expect(demoted['result']).toMatchObject({ code: '200' })
    starts.release()
    for (const reply of await Promise.all(replies)) {
      expect(reply['result']).toEqual({ code: '403', message: 'Unauthorized' })
    }
    await waitFor(() => room.outputs.size === 0 && room.players.size === 0, 'the media to undo it')
    for (const kind of ['recording', 'stream', 'playback']) {
      const { [`${kind}s`]: all } = (await ada.request(`video.${kind}.list`))['result']
      expect(all).toEqual([])
      expect(ada.count(`video.${kind}.started`)).toBe(0)
    }
  })
})
