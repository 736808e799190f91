import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { autoplayFlag, chromiumFlags } from '@roomful/media/transport/testing/chromiumFlags'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import type { ServerUnderTest } from './ServerUnderTest.ts'

const programs = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const launchTimeoutMs = 30_000
const pageTimeoutMs = 30_000

/** Path of a Chromium: `CHROME_PATH`, or the first of the usual names on the path. */
export function findChromium(): string | undefined {
  const given = process.env['CHROME_PATH']
  if (given !== undefined && given !== '') return existsSync(given) ? given : undefined
  const directories = (process.env['PATH'] ?? '').split(delimiter)
  return programs
    .flatMap((name) => directories.map((directory) => join(directory, name)))
    .find((path) => existsSync(path))
}

/** One Chromium whose pages have the SDK of a server. */
export class BenchBrowser {
  readonly #browser: Browser
  readonly #context: BrowserContext
  readonly #server: ServerUnderTest
  readonly #pages: Server

  private constructor(browser: Browser, context: BrowserContext, server: ServerUnderTest, pages: Server) {
    this.#browser = browser
    this.#context = context
    this.#server = server
    this.#pages = pages
  }

  static async launch(executablePath: string, server: ServerUnderTest): Promise<BenchBrowser> {
    const browser = await chromium.launch({
      executablePath,
      headless: true,
      args: [autoplayFlag, ...chromiumFlags],
      timeout: launchTimeoutMs,
      // The bench closes what it opened in its own order.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    })
    const context = await browser.newContext({ permissions: ['camera', 'microphone'] })
    context.setDefaultTimeout(pageTimeoutMs)
    return new BenchBrowser(browser, context, server, await servePages())
  }

  get version(): string {
    return this.#browser.version()
  }

  /** An empty page with the script-tag build of the SDK. */
  async openPage(): Promise<Page> {
    const page = await this.#context.newPage()
    await page.goto(`http://localhost:${(this.#pages.address() as AddressInfo).port}/`)
    await page.addScriptTag({ url: `${this.#server.url}/sdk/roomful.js` })
    return page
  }

  async close(): Promise<void> {
    this.#pages.closeAllConnections()
    this.#pages.close()
    await this.#browser.close()
  }
}

/** Over real HTTP: Chromium keeps a page that a test made up out of thin air away from loopback. */
function servePages(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end('<!doctype html><title>Roomful bench</title><body>')
    })
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}

/** The part of `RoomSession` that the bench uses inside a page. */
export type RoomInPage = {
  join(params: object): Promise<unknown>
  leave(): Promise<void>
  on(event: string, handler: (payload: never) => void): void
  remoteStream: MediaStream | undefined
  memberId: string
}
declare global {
  interface Window {
    SignalWire: { Video: { RoomSession: new (options: object) => RoomInPage } }
  }
}

/** Rejects when `promise` takes longer than this: pages have no timeout of their own. */
export async function withTimeout<T>(promise: Promise<T>, what: string, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${timeoutMs} ms for ${what}`)), timeoutMs)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
