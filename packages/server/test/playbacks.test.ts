import { RoomError } from '@roomful/protocol'
import { describe, expect, it } from 'vitest'
import { startTestServer } from './support/startTestServer.ts'
import { waitFor } from './support/waitFor.ts'

const url = 'https://a.example/film.mp4'

describe('playbacks', () => {
  it('are opened, steered and closed by the media, and told', async () => {
    await using test = await startTestServer()
    const ada = await test.join()
    const bob = await test.join({ s: ['room.playback'] })
    const { room } = test.media
    const start = { url, volume: -10, seek_position: 1000, layout: 'full-screen' }
    const { playback } = (await ada.request('video.playback.start', start))['result']
    expect(playback).toMatchObject({ state: 'playing', volume: -10, position: 1000, seekable: true })
    const playback_id = playback.id
    expect(room.players.get(playback_id)).toMatchObject({ url, volumeDb: -10, positionMs: 1000 })
    expect((await bob.event('video.playback.started')).params['playback']).toEqual(playback)
    await waitFor(() => room.scene.layers.some(({ sourceId }) => sourceId === playback_id), 'its picture')

    const request = async (method: string, params = {}) =>
      (await ada.request(`video.playback.${method}`, { playback_id, ...params }))['result']
    const updated = async () => (await bob.event('video.playback.updated')).params['playback']
    expect(await request('set_volume', { volume: -20 })).toMatchObject({ code: '200' })
    expect(await updated()).toMatchObject({ volume: -20 })
    expect(room.players.get(playback_id)?.volumeDb).toBe(-20)
    await request('pause')
    expect(await updated()).toMatchObject({ state: 'paused', position: 1000 })
    await Promise.all([
      request('seek_absolute', { position: 20_000 }),
      request('seek_relative', { position: 5000 }),
      request('seek_relative', { position: 5000 }),
    ])
    expect([await updated(), await updated(), await updated()].map(({ position }) => position)).toEqual([
      20_000, 25_000, 30_000,
    ])
    await request('seek_relative', { position: -60_000 })
    expect((await updated()).position).toBe(0)
    await request('resume')
    expect(await updated()).toMatchObject({ state: 'playing' })
    // The room goes by the clock between two words of the media; lists ask the media.
    const player = room.players.get(playback_id)
    if (player !== undefined) player.positionMs = 1234
    const { playbacks } = (await bob.request('video.playback.list'))['result']
    expect(playbacks).toMatchObject([{ id: playback_id, position: 1234 }])
    expect(bob.count('video.playback.updated')).toBe(7)

    await request('stop')
    expect((await bob.event('video.playback.ended')).params['playback']).toMatchObject({ state: 'completed' })
    expect(room.players.size).toBe(0)
    expect(await request('stop')).toEqual({ code: '409', message: 'The playback has ended' })
    expect(await request('stop', { playback_id: 'x' })).toMatchObject({ code: '404' })
    const { playback: second } = (await ada.request('video.playback.start', { url }))['result']
    room.endPlayer(second.id)
    const { params } = await bob.event('video.playback.ended')
    expect(params['playback']).toMatchObject({ id: second.id, state: 'completed' })
    expect(params['playback']).not.toHaveProperty('error')
  })

  it('that cannot be opened are refused in the words of the media', async () => {
    await using test = await startTestServer()
    const ada = await test.join()
    const { room } = test.media
    room.refuse = new RoomError('conflict', 'a.example cannot be reached')
    expect((await ada.request('video.playback.start', { url }))['result']).toEqual({
      code: '409',
      message: 'a.example cannot be reached',
    })
    room.playerInfo = { ...room.playerInfo, seekable: false, durationMs: null }
    const { playback } = (await ada.request('video.playback.start', { url: 'rtmp://a.example/live' }))[
      'result'
    ]
    expect(playback.seekable).toBe(false)
    const seek = { playback_id: playback.id, position: 1 }
    expect((await ada.request('video.playback.seek_absolute', seek))['result']).toMatchObject({ code: '409' })
    const { playbacks } = (await ada.request('video.playback.list'))['result']
    expect(playbacks).toHaveLength(1)
  })

  it('of a URL that hangs block nobody, and are undone', async () => {
    await using test = await startTestServer()
    const ada = await test.join()
    const bob = await test.join()
    const { room } = test.media
    let release = (): void => {}
    room.holdStarts = new Promise((resolve) => (release = resolve))
    const hanging = Array.from({ length: 5 }, () => ada.request('video.playback.start', { url }))
    // Her other requests do not wait either.
    expect((await ada.request('video.member.audio_mute'))['result']).toMatchObject({ code: '200' })
    expect((await bob.request('video.playback.start', { url }))['result']).toMatchObject({
      code: '409',
      message: '5 URLs are being opened already; try again when they are',
    })
    expect((await bob.request('video.lock'))['result']).toMatchObject({ code: '200' })
    await test.pass(8500)
    for (const each of hanging) {
      expect((await each)['result']).toEqual({ code: '409', message: 'The URL did not open within 8.5 s' })
    }
    release()
    await bob.roundTrip()
    await waitFor(() => room.players.size === 0, 'all to be closed')
    expect((await bob.request('video.playback.list'))['result'].playbacks).toEqual([])
    expect(bob.count('video.playback.started')).toBe(0)
  })

  it('play on where they were when their media process has died', async () => {
    await using test = await startTestServer()
    const ada = await test.join()
    const start = async (position: number) =>
      (await ada.request('video.playback.start', { url, seek_position: position }))['result'].playback.id
    const [playing, paused, lost] = [await start(1000), await start(2000), await start(3000)]
    await ada.request('video.playback.pause', { playback_id: paused })
    await ada.request('video.playback.set_volume', { playback_id: playing, volume: 7 })
    await test.pass(4000)
    let refused = false
    test.media.onRoom = (room) => {
      const open = room.openPlayer.bind(room)
      room.openPlayer = (id, options) => {
        if (id !== lost) return open(id, options)
        refused = true
        return Promise.reject(new RoomError('conflict', 'Gone'))
      }
    }
    test.media.room.die()
    await waitFor(() => test.media.alive.length === 1 && test.media.room.players.size === 2, 'new players')
    const { players } = test.media.room
    expect(players.get(playing)).toMatchObject({ positionMs: 5000, volumeDb: 7 })
    await waitFor(() => players.get(paused)?.paused === true && refused, 'the pause')
    expect(players.get(paused)?.positionMs).toBe(2000)
    await test.pass(1000)
    await test.pass(3000)
    const { params } = await ada.event('video.playback.ended')
    expect(params['playback']).toMatchObject({ id: lost, error: 'Gone' })
  })
})
