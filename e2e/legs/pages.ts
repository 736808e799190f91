import type { BrowserMember } from '../support/BrowserMember.ts'

/** What a page keeps for the tests of calls: see the functions below. */
declare global {
  interface Window {
    legs: { sockets: WebSocket[]; isCut: boolean }
    screens: MediaStreamTrack[]
    children: Record<string, (...args: unknown[]) => Promise<unknown>>[]
    watched: { frames: number; blank: number; longestStillMs: number }
  }
}

/** Lets a test cut the page's WebSocket; to be called before joining. */
export async function preparePage({ page }: BrowserMember): Promise<void> {
  await page.evaluate(() => {
    const Native = window.WebSocket
    const legs = { sockets: [] as WebSocket[], isCut: false }
    window.legs = legs
    window.WebSocket = class extends Native {
      constructor(url: string | URL, protocols?: string | string[]) {
        // Nobody listens on the port for "discard": refused, as it is without a network.
        super(legs.isCut ? 'ws://127.0.0.1:9' : url, protocols)
        legs.sockets.push(this)
      }
    }
  })
}

/** Closes the socket and lets no other be made until `mend()`. */
export async function cutSocket({ page }: BrowserMember): Promise<void> {
  await page.evaluate(() => {
    window.legs.isCut = true
    for (const socket of window.legs.sockets) socket.close()
  })
}

export async function mendSocket({ page }: BrowserMember): Promise<void> {
  await page.evaluate(() => {
    window.legs.isCut = false
  })
}

/** Loads the page anew, with the client and the probe, as it was opened. */
export async function reloadPage(
  { page, client }: BrowserMember,
  serverUrl: string,
  probe: string,
): Promise<void> {
  await page.reload()
  const stockUrl = new URL('/stock.js', page.url()).href
  await page.addScriptTag({ url: client === 'stock' ? stockUrl : `${serverUrl}/sdk/roomful.js` })
  await page.addScriptTag({ content: probe })
}

/**
 * Headless Chromium has no screen: a canvas takes its place, of one colour, with a moving dot and with black and
 * white bars of four pixels in the middle, which stand for text.
 */
export async function fakeScreen({ page }: BrowserMember, color: string): Promise<void> {
  await page.evaluate((fill) => {
    window.screens = []
    navigator.mediaDevices.getDisplayMedia = () => {
      const canvas = document.createElement('canvas')
      canvas.width = 1280
      canvas.height = 720
      const context = canvas.getContext('2d') as CanvasRenderingContext2D
      let frame = 0
      const draw = (): void => {
        context.fillStyle = fill
        context.fillRect(0, 0, 1280, 720)
        for (let x = 0; x < 320; x += 8) {
          context.fillStyle = 'black'
          context.fillRect(480 + x, 300, 4, 120)
          context.fillStyle = 'white'
          context.fillRect(484 + x, 300, 4, 120)
        }
        context.fillStyle = 'gray'
        context.fillRect(900 + (frame++ % 20), 690, 8, 8)
      }
      draw()
      setInterval(draw, 50)
      const stream = canvas.captureStream(20)
      window.screens.push(...stream.getTracks())
      return Promise.resolve(stream)
    }
  }, color)
}

/** What the browser does when the user clicks "Stop sharing". */
export async function stopSharing({ page }: BrowserMember): Promise<void> {
  await page.evaluate(() => {
    for (const track of window.screens) {
      track.stop()
      track.dispatchEvent(new Event('ended'))
    }
  })
}

/** Begins to look at the element of the room at every frame of the screen: blank ones, and how long it stood still. */
export async function watchElement({ page }: BrowserMember): Promise<void> {
  await page.evaluate(() => {
    const watched = { frames: 0, blank: 0, longestStillMs: 0 }
    window.watched = watched
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = 8
    const context = canvas.getContext('2d', { willReadFrequently: true }) as CanvasRenderingContext2D
    let shown: HTMLVideoElement | undefined
    let frames = 0
    let movedAtMs = performance.now()
    const look = (): void => {
      if (window.watched !== watched) return
      const video = [...document.querySelectorAll<HTMLVideoElement>('#root .videoWrapper > video')].at(-1)
      const nowMs = performance.now()
      const total = video?.getVideoPlaybackQuality().totalVideoFrames ?? 0
      if (video !== shown || total !== frames) {
        shown = video
        frames = total
        movedAtMs = nowMs
      }
      watched.longestStillMs = Math.max(watched.longestStillMs, nowMs - movedAtMs)
      context.clearRect(0, 0, 8, 8)
      if (video) context.drawImage(video, 0, 0, 8, 8)
      const { data } = context.getImageData(0, 0, 8, 8)
      let light = 0
      for (let i = 0; i < data.length; i += 4)
        light += (data[i] ?? 0) + (data[i + 1] ?? 0) + (data[i + 2] ?? 0)
      watched.frames += 1
      if (light / 64 < 12 || (data[3] ?? 0) < 255) watched.blank += 1
      requestAnimationFrame(look)
    }
    look()
  })
}

export async function watched({ page }: BrowserMember): Promise<Window['watched']> {
  return page.evaluate(() => window.watched)
}

/** The brightness of one row of the picture, from `left` to `right` percent of it: how many bars, how clear. */
export async function readBars(
  { page }: BrowserMember,
  [left, right, y]: readonly [left: number, right: number, y: number],
): Promise<{ bars: number; contrast: number } | null> {
  return page.evaluate(
    ([from, to, down]) => {
      const stream = window.room.remoteStream
      const video = [...document.querySelectorAll('video')].find((element) => {
        const shown = (element.srcObject as MediaStream | null)?.getVideoTracks()[0]
        return shown !== undefined && shown === stream?.getVideoTracks()[0]
      })
      if (!video?.videoWidth) return null
      const canvas = document.createElement('canvas')
      canvas.width = video.videoWidth
      canvas.height = video.videoHeight
      const context = canvas.getContext('2d') as CanvasRenderingContext2D
      context.drawImage(video, 0, 0)
      const x = Math.round((canvas.width * from) / 100)
      const width = Math.round((canvas.width * (to - from)) / 100)
      const { data } = context.getImageData(x, Math.round((canvas.height * down) / 100), width, 1)
      const light = Array.from({ length: width }, (_, index) => data[index * 4 + 1] ?? 0)
      const extremes: number[] = []
      for (let i = 1; i + 1 < width; i++) {
        const [before, here, after] = [light[i - 1] ?? 0, light[i] ?? 0, light[i + 1] ?? 0]
        if ((here > before && here >= after) || (here < before && here <= after)) extremes.push(here)
      }
      const steps = extremes.slice(1).map((value, index) => Math.abs(value - (extremes[index] ?? 0)))
      const clear = steps.filter((step) => step > 60).sort((a, b) => a - b)
      return { bars: clear.length, contrast: clear[clear.length >> 1] ?? 0 }
    },
    [left, right, y] as const,
  )
}

/** Packets of the room's sound that have arrived over all connections, and the time of the picture. */
export async function soundPackets({ page }: BrowserMember): Promise<number> {
  return page.evaluate(async () => {
    const peer = (window.room as { peer?: { instance?: RTCPeerConnection } }).peer?.instance
    const own = window.room as unknown as {
      activeCall?: { call: { media: { peer?: { connection: RTCPeerConnection } } } }
    }
    const connection = peer ?? own.activeCall?.call.media.peer?.connection
    let packets = 0
    const stats = await connection?.getStats()
    stats?.forEach((entry: RTCInboundRtpStreamStats) => {
      if (entry.type === 'inbound-rtp' && entry.kind === 'audio') packets += entry.packetsReceived ?? 0
    })
    return packets
  })
}
