import type { MemberHost } from '../MemberHost.ts'
import { withTimeout, type BenchBrowser } from './chromium.ts'
import type { JoinTimesMs } from './joins.ts'
import { joinRoom, leaveRoom } from './room.ts'
import type { ServerUnderTest } from './ServerUnderTest.ts'

const membersThere = 4
const joinTimeoutMs = 40_000

/** Pages with our SDK that come one after another into a room of four, each with a camera and a microphone. */
export async function measureBrowserJoins(
  server: ServerUnderTest,
  hosts: readonly MemberHost[],
  browser: BenchBrowser,
  joins: number,
): Promise<JoinTimesMs> {
  const roomName = 'bench-browser-joins'
  const room = await joinRoom({ server, hosts, roomName, members: membersThere, speakers: membersThere })
  const times: JoinTimesMs = { joined: [], firstFrame: [] }
  for (let number = 0; number < joins; number++) {
    const page = await browser.openPage()
    const token = await server.tokens.token(roomName, `Page ${number + 1}`)
    const measured = await withTimeout(
      page.evaluate(joinInPage, token),
      'a page to join and to see the room',
      joinTimeoutMs,
    )
    times.joined.push(measured.joinedMs)
    times.firstFrame.push(measured.firstFrameMs)
    await page.close()
  }
  await leaveRoom(room)
  return times
}

/** Runs in the page. From the call of `join()` until it resolves, and until the first picture is shown. */
async function joinInPage(token: string): Promise<{ joinedMs: number; firstFrameMs: number }> {
  const room = new window.SignalWire.Video.RoomSession({ token, rootElement: document.body, reattach: false })
  const startMs = performance.now()
  const firstFrame = new Promise<number>((resolve) => {
    // The element of the composite is there as soon as the join begins; the overlay is a sibling of its parent.
    const timer = setInterval(() => {
      const video = document.querySelector<HTMLVideoElement>('.videoWrapper > video')
      if (!video) return
      clearInterval(timer)
      video.requestVideoFrameCallback(() => resolve(performance.now() - startMs))
    }, 1)
  })
  await room.join({ audio: true, video: true })
  const joinedMs = performance.now() - startMs
  const firstFrameMs = await firstFrame
  await room.leave()
  return { joinedMs, firstFrameMs }
}
