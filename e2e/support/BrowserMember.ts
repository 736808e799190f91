import { createReadStream, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import type { Rgb } from '@roomful/load-test'
import type { VideoLayout } from '@roomful/protocol'
import { launchBrowser, type TestBrowser } from './browser.ts'
import type { Person } from './fakeDevices.ts'
import { waitFor } from './waitFor.ts'

export type Client = 'roomful' | 'stock'
type Point = readonly [xPercent: number, yPercent: number]

const stockBundle = createRequire(import.meta.url)
  .resolve('@signalwire/js')
  .replace(/[^/]+$/, 'index.umd.js')
const probeSource = readFileSync(new URL('./pageProbe.js', import.meta.url), 'utf8')

/** What the page keeps of its room, so that a test can ask for it at any time. */
declare global {
  interface Window {
    probe: {
      attach(stream: MediaStream): void
      colorsAt(points: readonly Point[]): { width: number; height: number; colors: Rgb[] } | null
      tonesDb(frequenciesHz: readonly number[]): number[] | null
      videoTime(): number
      png(): string
    }
    room: RoomUnderTest
    events: { name: string; payload: unknown; atMs: number }[]
    layout: VideoLayout | undefined
    looking: number | undefined
  }
}

/** The part of either client's `RoomSession` that the tests touch from inside a page. */
export type RoomUnderTest = {
  on(event: string, handler: (payload: unknown) => void): void
  join(params: object): Promise<unknown>
  leave(): Promise<void>
  remoteStream: MediaStream | undefined
  memberId: string
  localStream?: MediaStream
  peer?: { instance?: RTCPeerConnection }
} & Record<string, (...args: unknown[]) => Promise<unknown>>

/** Pages for the tests, apart from Roomful's own: an empty one, with the stock client's published bundle. */
class PageServer {
  static #instance: Promise<PageServer> | undefined
  static #users = 0
  readonly #server: Server
  readonly url: string

  private constructor(server: Server) {
    this.#server = server
    this.url = `http://localhost:${(server.address() as AddressInfo).port}`
  }

  static async use(): Promise<PageServer> {
    PageServer.#users++
    PageServer.#instance ??= new Promise((resolve) => {
      const server = createServer((request, response) => {
        if (request.url === '/stock.js') {
          response.setHeader('content-type', 'text/javascript')
          createReadStream(stockBundle).pipe(response)
          return
        }
        response.setHeader('content-type', 'text/html; charset=utf-8')
        response.end(
          '<!doctype html><title>Roomful test page</title><body style="margin:0"><div id="root"></div>',
        )
      }).listen(0, '127.0.0.1', () => resolve(new PageServer(server)))
    })
    return PageServer.#instance
  }

  release(): void {
    if (--PageServer.#users > 0) return
    PageServer.#instance = undefined
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

/** Every name that either client fires in a room without recordings, playbacks, streams and screens. */
const recordedEvents = [
  'room.joined',
  'room.subscribed',
  'room.started',
  'room.updated',
  'room.ended',
  'room.left',
  'room.audienceCount',
  'room.audience_count',
  'room.digits',
  'member.joined',
  'member.left',
  'member.talking',
  'member.talking.started',
  'member.talking.ended',
  'member.talking.start',
  'member.talking.stop',
  'memberList.updated',
  'layout.changed',
  'media.connected',
  'media.reconnecting',
  'media.disconnected',
  'camera.updated',
  'camera.disconnected',
  'microphone.updated',
  'microphone.disconnected',
  'speaker.updated',
  'speaker.disconnected',
  'track',
  'requesting',
  'trying',
  'active',
  'hangup',
  'destroy',
  'member.updated',
  ...[
    ...['audio_muted', 'video_muted', 'deaf', 'visible', 'handraised', 'meta'],
    ...['input_volume', 'output_volume', 'input_sensitivity', 'requested_position', 'current_position'],
    ...['audioMuted', 'videoMuted', 'inputVolume', 'outputVolume', 'inputSensitivity'],
    ...['requestedPosition', 'currentPosition'],
  ].map((name) => `member.updated.${name}`),
]

/** Their argument is the room or a track: nothing to copy out of the page. */
const withoutPayload = ['track', 'requesting', 'trying', 'active', 'hangup', 'destroy']

/** What a client throws or rejects with; the stock client's refusals are no `Error`s. */
export type Refusal = { code: string; message: string; isError: boolean }

export type Outcome = { ok: true; value: unknown } | { ok: false; error: Refusal }

/** One person in one Chromium, in the room through either client. */
export class BrowserMember {
  readonly person: Person
  readonly client: Client
  readonly page: Page
  readonly pageErrors: string[] = []
  readonly #browser: TestBrowser
  readonly #pages: PageServer

  private constructor(person: Person, client: Client, page: Page, browser: TestBrowser, pages: PageServer) {
    this.person = person
    this.client = client
    this.page = page
    this.#browser = browser
    this.#pages = pages
    page.on('pageerror', (error) => this.pageErrors.push(error.message))
  }

  /**
   * Opens the page with the client loaded; nothing is joined yet. `beside`: in that one's Chromium, which is
   * cheaper, and sees and hears the same. Or another browser, which the member closes.
   */
  static async open(
    person: Person,
    client: Client,
    serverUrl: string,
    beside?: BrowserMember | TestBrowser,
  ): Promise<BrowserMember> {
    const pages = await PageServer.use()
    const browser =
      beside === undefined
        ? await launchBrowser(person)
        : beside instanceof BrowserMember
          ? tabOf(beside.#browser)
          : beside
    const page = await browser.context.newPage()
    const member = new BrowserMember(person, client, page, browser, pages)
    await page.goto(pages.url)
    await page.addScriptTag({
      url: client === 'stock' ? `${pages.url}/stock.js` : `${serverUrl}/sdk/roomful.js`,
    })
    await page.addScriptTag({ content: probeSource })
    return member
  }

  /**
   * Joins with the token alone, as an application does; audio processing is off, since it removes tones. Each
   * join makes a room object of its own and begins the list of events anew.
   */
  async join(token: string, params: Record<string, unknown> = {}): Promise<void> {
    const outcome = await this.tryJoin(token, params)
    if (!outcome.ok) throw new Error(inWords('join', outcome.error))
  }

  /** The same, for a join that may be refused. */
  tryJoin(token: string, params: Record<string, unknown> = {}): Promise<Outcome> {
    return this.page.evaluate(
      async ({ token, params, recordedEvents, withoutPayload }): Promise<Outcome> => {
        const { SignalWire } = window as unknown as {
          SignalWire: { Video: { RoomSession: new (options: object) => RoomUnderTest } }
        }
        const room = new SignalWire.Video.RoomSession({ token, rootElement: document.getElementById('root') })
        window.room = room
        const events: Window['events'] = []
        window.events = events
        window.layout = undefined
        for (const name of recordedEvents) {
          room.on(name, (payload) => {
            let copy: unknown = null
            try {
              if (!withoutPayload.includes(name)) copy = JSON.parse(JSON.stringify(payload ?? null))
            } catch {
              // Not data; and an exception in a handler ends the stock client's events for good.
            }
            events.push({ name, payload: copy, atMs: performance.now() })
            if (name === 'layout.changed' && window.room === room)
              window.layout = (copy as { layout: VideoLayout }).layout
          })
        }
        const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
        try {
          await room.join({ audio, video: true, ...params })
        } catch (error) {
          const { code, message } = error as { code?: string; message?: string }
          const refusal = { code: String(code ?? ''), message: message ?? String(error) }
          return { ok: false, error: { ...refusal, isError: error instanceof Error } }
        }
        // The remote stream changes when the media does: keep looking at the current one.
        clearInterval(window.looking)
        window.looking = window.setInterval(() => {
          if (room.remoteStream) window.probe.attach(room.remoteStream)
        }, 100)
        return { ok: true, value: null }
      },
      { token, params, recordedEvents, withoutPayload },
    )
  }

  /** Calls a method of the room; resolves with its result, rejects with what it rejected with, in words. */
  async call(method: string, ...args: unknown[]): Promise<unknown> {
    const outcome = await this.tryCall(method, ...args)
    if (!outcome.ok) throw new Error(inWords(method, outcome.error))
    return outcome.value
  }

  /** The same, for a call that may be refused. */
  tryCall(method: string, ...args: unknown[]): Promise<Outcome> {
    return this.page.evaluate(
      async ({ method, args }): Promise<Outcome> => {
        const { room } = window
        try {
          if (typeof room[method] !== 'function') throw new Error(`The client has no method ${method}`)
          return { ok: true, value: JSON.parse(JSON.stringify((await room[method](...args)) ?? null)) }
        } catch (error) {
          const { code, message } = (error ?? {}) as { code?: string; message?: string }
          const refusal = { code: String(code ?? ''), message: message ?? String(error) }
          return { ok: false, error: { ...refusal, isError: error instanceof Error } }
        }
      },
      { method, args },
    )
  }

  /** A property of the room object; null before the first join. */
  property(name: string): Promise<unknown> {
    return this.page.evaluate(
      (name) =>
        JSON.parse(
          JSON.stringify((window.room as Record<string, unknown> | undefined)?.[name] ?? null),
        ) as unknown,
      name,
    )
  }

  memberId(): Promise<string> {
    return this.page.evaluate(() => window.room.memberId)
  }

  layout(): Promise<VideoLayout | undefined> {
    return this.page.evaluate(() => window.layout)
  }

  events(name: string): Promise<{ payload: Record<string, unknown>; atMs: number }[]> {
    return this.page.evaluate(
      (name) => window.events.filter((event) => event.name === name),
      name,
    ) as Promise<{ payload: Record<string, unknown>; atMs: number }[]>
  }

  clearEvents(): Promise<void> {
    return this.page.evaluate(() => void (window.events.length = 0))
  }

  /** Names of all events since the list was last cleared, in order. */
  eventNames(): Promise<string[]> {
    return this.page.evaluate(() => window.events.map((event) => event.name))
  }

  colorsAt(points: readonly Point[]): Promise<{ width: number; height: number; colors: Rgb[] } | null> {
    return this.page.evaluate((points) => window.probe.colorsAt(points), points)
  }

  /** Loudness of tones in dBFS: for each the median of several windows, so that one glitch decides nothing. */
  async tonesDb(frequenciesHz: readonly number[], windows = 5): Promise<number[]> {
    const samples: number[][] = []
    await waitFor(
      'sound to measure',
      async () => {
        const levels = await this.page.evaluate((hz) => window.probe.tonesDb(hz), frequenciesHz)
        if (levels !== null) samples.push(levels)
        return samples.length >= windows
      },
      { intervalMs: 200 },
    )
    return frequenciesHz.map((_, index) => {
      const sorted = samples.map((levels) => levels[index] ?? -200).sort((a, b) => a - b)
      return sorted[sorted.length >> 1] ?? -200
    })
  }

  videoTime(): Promise<number> {
    return this.page.evaluate(() => window.probe.videoTime())
  }

  /** The received picture as a PNG, for a look by eye. */
  async png(): Promise<Buffer> {
    const url = await this.page.evaluate(() => window.probe.png())
    return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')
  }

  leave(): Promise<void> {
    return this.page.evaluate(() => window.room.leave())
  }

  /** Kills the browser: nobody is told. */
  kill(): void {
    this.#browser.kill()
  }

  async close(): Promise<void> {
    await this.page.close().catch(() => {})
    await this.#browser.close()
    this.#pages.release()
  }
}

const inWords = (method: string, { code, message }: Refusal): string =>
  `${method} rejected: ${code} ${message}`

/** The browser of somebody else: closing it ends nothing but the page itself. */
function tabOf(browser: TestBrowser): TestBrowser {
  return { ...browser, close: () => Promise.resolve() }
}
