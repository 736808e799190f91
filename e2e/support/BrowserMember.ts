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
  }
}

/** The part of either client's `RoomSession` that the tests touch from inside a page. */
export type RoomUnderTest = {
  on(event: string, handler: (payload: unknown) => void): void
  join(params: object): Promise<unknown>
  leave(): Promise<void>
  remoteStream: MediaStream | undefined
  memberId: string
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

const recordedEvents = [
  'room.joined',
  'room.left',
  'room.updated',
  'member.joined',
  'member.left',
  'member.updated',
  'member.talking',
  'memberList.updated',
  'layout.changed',
  'media.connected',
  'media.reconnecting',
  'media.disconnected',
]

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

  /** Opens the page with the client loaded; nothing is joined yet. */
  static async open(person: Person, client: Client, serverUrl: string): Promise<BrowserMember> {
    const pages = await PageServer.use()
    const browser = await launchBrowser(person)
    const page = await browser.context.newPage()
    const member = new BrowserMember(person, client, page, browser, pages)
    await page.goto(pages.url)
    await page.addScriptTag({
      url: client === 'stock' ? `${pages.url}/stock.js` : `${serverUrl}/sdk/roomful.js`,
    })
    await page.addScriptTag({ content: probeSource })
    return member
  }

  /** Joins with the token alone, as an application does; audio processing is off, since it removes tones. */
  async join(token: string, params: Record<string, unknown> = {}): Promise<void> {
    await this.page.evaluate(
      async ({ token, params, recordedEvents }) => {
        const { SignalWire } = window as unknown as {
          SignalWire: { Video: { RoomSession: new (options: object) => RoomUnderTest } }
        }
        const room = new SignalWire.Video.RoomSession({ token, rootElement: document.getElementById('root') })
        window.room = room
        window.events = []
        for (const name of recordedEvents) {
          room.on(name, (payload) => {
            let copy: unknown
            try {
              copy = JSON.parse(JSON.stringify(payload ?? null))
            } catch {
              copy = null
            }
            window.events.push({ name, payload: copy, atMs: performance.now() })
            if (name === 'layout.changed') window.layout = (copy as { layout: VideoLayout }).layout
          })
        }
        const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
        await room.join({ audio, video: true, ...params })
        // The remote stream changes when the media does: keep looking at the current one.
        setInterval(() => {
          if (room.remoteStream) window.probe.attach(room.remoteStream)
        }, 100)
      },
      { token, params, recordedEvents },
    )
  }

  /** Calls a method of the room; resolves with its result, rejects with what it rejected with, in words. */
  call(method: string, ...args: unknown[]): Promise<unknown> {
    return this.page.evaluate(
      async ({ method, args }) => {
        try {
          return JSON.parse(JSON.stringify((await window.room[method]?.(...args)) ?? null)) as unknown
        } catch (error) {
          const { code, message } = error as { code?: string; message?: string }
          throw new Error(`${method} rejected: ${code ?? ''} ${message ?? String(error)}`, { cause: error })
        }
      },
      { method, args },
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
    await this.#browser.close()
    this.#pages.release()
  }
}
