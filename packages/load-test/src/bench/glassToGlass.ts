import type { VideoLayout } from '@roomful/protocol'
import type { MemberHost } from '../MemberHost.ts'
import { withTimeout, type BenchBrowser } from './chromium.ts'
import { joinRoom, leaveRoom } from './room.ts'
import type { ServerUnderTest } from './ServerUnderTest.ts'
import { createTimeCode, type TimeCode } from './timeCode.ts'

const membersBesides = 3
/** The page counts on its own clock; before this its jitter buffer has not settled. */
const settleMs = 3000
const graceMs = 40_000

export type GlassToGlass = {
  /** From drawing a picture to seeing it, as a tile of the composite, for every frame that could be read. */
  delaysMs: number[]
  /** Frames of the composite that were shown meanwhile. */
  framesShown: number
}

declare global {
  interface Window {
    timeCode: TimeCode
  }
}

/**
 * A page whose camera is a canvas with the time drawn in it, in a room with three simulated members. It reads
 * the time off its own tile in the picture it receives: capture, encode, network, jitter buffer, decode,
 * composition, encode, network, jitter buffer, decode and display.
 */
export async function measureGlassToGlass(
  server: ServerUnderTest,
  hosts: readonly MemberHost[],
  browser: BenchBrowser,
  durationMs: number,
): Promise<GlassToGlass> {
  const roomName = 'bench-delay'
  const room = await joinRoom({ server, hosts, roomName, members: membersBesides, speakers: membersBesides })
  const page = await browser.openPage()
  await page.addScriptTag({ content: `window.timeCode = (${createTimeCode.toString()})()` })
  const token = await server.tokens.token(roomName, 'Clock')
  const options = { token, settleMs, durationMs }
  const result = await withTimeout(
    page.evaluate(measureInPage, options),
    'the delay measurement in a page',
    settleMs + durationMs + graceMs,
  )
  await page.close()
  await leaveRoom(room)
  if (result.delaysMs.length === 0)
    throw new Error(`None of ${result.framesShown} frames had a time that could be read`)
  return result
}

/** Runs in the page. */
async function measureInPage({
  token,
  settleMs,
  durationMs,
}: {
  token: string
  settleMs: number
  durationMs: number
}): Promise<GlassToGlass> {
  const { timeCode } = window
  const picture = document.createElement('canvas')
  picture.width = 640
  picture.height = 360
  const pictureContext = picture.getContext('2d')!
  // Drawn more often than it is captured: each capture gets a picture that was drawn just before it.
  const draw = (): void => {
    timeCode.draw(pictureContext, { x: 0, y: 0, width: 640, height: 360 }, performance.now())
    requestAnimationFrame(draw)
  }
  draw()

  // With sound, because browsers delay the picture to keep it with the sound.
  const audioContext = new AudioContext()
  const oscillator = audioContext.createOscillator()
  const destination = audioContext.createMediaStreamDestination()
  oscillator.connect(new GainNode(audioContext, { gain: 0.05 })).connect(destination)
  oscillator.start()
  const localStream = picture.captureStream(25)
  for (const track of destination.stream.getAudioTracks()) localStream.addTrack(track)

  const room = new window.SignalWire.Video.RoomSession({ token, localStream, reattach: false })
  let layout: VideoLayout | undefined
  room.on('layout.changed', (event: { layout: VideoLayout }) => (layout = event.layout))
  await room.join({ audio: true, video: true })

  const video = document.createElement('video')
  video.muted = true
  video.style.width = '640px'
  document.body.append(video)
  const sound = document.createElement('audio')
  const view = document.createElement('canvas')
  view.width = 320
  view.height = 180
  const viewContext = view.getContext('2d', { willReadFrequently: true })!
  const delaysMs: number[] = []
  let framesShown = 0
  const startMs = performance.now() + settleMs

  await new Promise<void>((resolve) => {
    const look = (nowMs: number): void => {
      if (nowMs >= startMs + durationMs) {
        resolve()
        return
      }
      video.requestVideoFrameCallback(() => look(performance.now()))
      const tile = layout?.layers.find((layer) => layer.member_id === room.memberId && layer.visible)
      if (tile === undefined || nowMs < startMs) return
      framesShown++
      const x = (tile.x / 100) * video.videoWidth
      const y = (tile.y / 100) * video.videoHeight
      const width = (tile.width / 100) * video.videoWidth
      const height = (tile.height / 100) * video.videoHeight
      viewContext.drawImage(video, x, y, width, height, 0, 0, view.width, view.height)
      const drawnMs = timeCode.read(viewContext.getImageData(0, 0, view.width, view.height))
      if (drawnMs !== undefined) delaysMs.push((nowMs - drawnMs + timeCode.modulus) % timeCode.modulus)
    }
    // A reconnect would bring another stream; here none is expected, and the time limit catches it.
    const attach = setInterval(() => {
      const stream = room.remoteStream
      if (stream === undefined || stream.getVideoTracks().length === 0) return
      clearInterval(attach)
      video.srcObject = stream
      sound.srcObject = stream
      void video.play()
      void sound.play()
      video.requestVideoFrameCallback(() => look(performance.now()))
    }, 10)
  })
  await room.leave()
  oscillator.stop()
  return { delaysMs, framesShown }
}
