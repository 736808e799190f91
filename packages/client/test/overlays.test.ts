import { describe, expect, test, vi } from 'vitest'
import { client, joined, layer, layout, mute, server, untilPictureMoves, within } from './harness.ts'
import type { buildVideoElement } from '../src/index.ts'

type Sdk = { buildVideoElement: typeof buildVideoElement }

describe('what lies over the picture', () => {
  const boxes = (root = '#root') =>
    client.evaluate(
      (selector) =>
        [...document.querySelectorAll<HTMLElement>(`${selector} .mcuLayers > [id^="sw-overlay-"]`)].map(
          ({ id, style }) => [id.replace(/-[0-9a-f]{8}-[0-9a-f-]{27}$/, ''), style.left, style.width],
        ),
      root,
    )

  test('each visible member has a box over its tile that follows it', async () => {
    await joined()
    await vi.waitFor(async () => expect(await boxes()).toHaveLength(2), within)
    expect(await boxes()).toEqual([
      ['sw-overlay-me', '50%', '25%'],
      ['sw-overlay-other', '0%', '50%'],
    ])
    await client.evaluate(() => {
      const overlay = room.getMemberOverlay('other')
      if (overlay) overlay.domElement.textContent = 'Other'
      overlay?.hide()
    })
    server.connection.event(
      'video.layout.changed',
      layout(layer('other', 25, 0, 75), { ...layer('x', 0, 0, 5), visible: false }),
    )
    await vi.waitFor(async () => expect(await boxes()).toEqual([['sw-overlay-other', '25%', '75%']]), within)
    const overlay = await client.evaluate(() => {
      const box = room.overlayMap.get('other')
      return [
        box?.domElement.textContent,
        box?.status,
        box?.userId,
        room.getMemberOverlay('me') === undefined,
      ]
    })
    expect(overlay).toEqual(['Other', 'hidden', 'other', true])
  })

  test('the own overlay answers to both sets of names, and can show another stream', async () => {
    await joined({ mirrorLocalVideoOverlay: true })
    await untilPictureMoves()
    const state = await client.evaluate(() => {
      const overlay = room.localOverlay
      const video = overlay.domElement.querySelector('video')
      const transforms = [video?.style.transform]
      overlay.setMirrored(false)
      transforms.push(video?.style.transform)
      room.localVideoOverlay.setMirror(true)
      transforms.push(video?.style.transform)
      overlay.setLocalOverlayMirror(false)
      const statuses: unknown[] = [overlay.mirrored, overlay.status]
      overlay.hide()
      statuses.push(overlay.status, overlay.domElement.style.opacity)
      overlay.show()
      const canvas = document.createElement('canvas')
      canvas.getContext('2d')?.fillRect(0, 0, 1, 1)
      const custom = canvas.captureStream(5)
      const shown = () => (video?.srcObject as MediaStream | null)?.getVideoTracks()[0]
      overlay.setMediaStream(custom)
      const streams = [shown() === custom.getVideoTracks()[0]]
      overlay.setMediaStream(null)
      streams.push(shown() === room.localVideoTrack)
      overlay.setLocalOverlayMediaStream(custom)
      streams.push(shown() === custom.getVideoTracks()[0])
      return { transforms, statuses, streams, same: room.localVideoOverlay === overlay }
    })
    expect(state).toEqual({
      transforms: ['scale(-1, 1)', '', 'scale(-1, 1)'],
      statuses: [false, 'visible', 'hidden', '0'],
      streams: [true, true, true],
      same: true,
    })
    // A muted camera is shown in no form.
    mute({ video_muted: true })
    await vi.waitFor(
      async () => expect(await client.evaluate(() => room.localOverlay.status)).toBe('hidden'),
      within,
    )
  })

  test('buildVideoElement shows the room in one more place, and takes it away again', async () => {
    await joined()
    await untilPictureMoves()
    await client.evaluate(async () => {
      const { SignalWire } = window as never as { SignalWire: Sdk }
      const built = await SignalWire.buildVideoElement({ room, applyLocalVideoOverlay: false })
      built.element.id = 'second'
      built.element.style.width = '320px'
      document.body.append(built.element)
      Object.assign(window, { built })
    })
    await vi.waitFor(async () => {
      const frames = await client.evaluate(
        () =>
          document.querySelector<HTMLVideoElement>('#second video')?.getVideoPlaybackQuality()
            .totalVideoFrames ?? 0,
      )
      expect(frames).toBeGreaterThan(5)
    }, within)
    expect(await boxes('#second')).toEqual(await boxes())
    expect(await client.evaluate(() => document.querySelector('#second [id^="sw-sdk-"]'))).toBeNull()
    await client.evaluate(() =>
      (window as never as { built: { unsubscribe: () => void } }).built.unsubscribe(),
    )
    expect(
      await client.evaluate(() => [
        document.querySelector('#second')?.innerHTML,
        document.querySelectorAll('#root video').length,
      ]),
    ).toEqual(['', 2])
    const wrong = await client.evaluate(() => {
      const { SignalWire } = window as never as { SignalWire: Sdk }
      return SignalWire.buildVideoElement({ room: {} as never }).catch(
        (error: { code: string }) => error.code,
      )
    })
    expect(wrong).toBe('invalid_argument')
  })
})
