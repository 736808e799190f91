import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestBrowser } from '../support/browser.ts'
import { needProgram } from '../support/programs.ts'
import { Bidi, callInPage } from './Bidi.ts'

/** Longest time from the start of the program until it can be driven. */
const startTimeoutMs = 60_000

type Preference = readonly [name: string, value: string | number | boolean]

const off = (...names: string[]): Preference[] => names.map((name) => [name, false])
const empty = (...names: string[]): Preference[] => names.map((name) => [name, ''])

/** For media of its own, and for silence towards the rest of the world. */
const preferences = (toneHz: number): Preference[] => [
  // A camera whose colour wanders and a microphone that hears a tone; nobody is asked.
  ['media.navigator.streams.fake', true],
  ['permissions.default.camera', 1],
  ['permissions.default.microphone', 1],
  ['media.navigator.audio.fake_frequency', toneHz],
  ['media.autoplay.default', 0],
  ['media.peerconnection.ice.loopback', true],
  ['media.peerconnection.ice.force_interface', 'lo'],
  // Driven from outside, it leaves updates, telemetry and the like alone by itself; these are the rest.
  ...empty('media.gmp-manager.url', 'browser.region.network.url', 'services.settings.server'),
  ...off('app.normandy.enabled', 'nimbus.rollouts.enabled', 'media.gmp-provider.enabled'),
  ...off('datareporting.policy.dataSubmissionEnabled', 'datareporting.healthreport.uploadEnabled'),
  ...off('dom.push.connection.enabled', 'browser.newtabpage.enabled', 'extensions.update.enabled'),
  ['browser.startup.page', 0],
  ['network.proxy.type', 0],
  ['network.trr.mode', 5],
]

/** A Firefox without a window, driven through WebDriver BiDi. */
export class Firefox {
  readonly #process: ChildProcess
  readonly #directory: string
  readonly #bidi: Bidi
  readonly #pages = new Map<string, FirefoxPage>()

  private constructor(process: ChildProcess, directory: string, bidi: Bidi) {
    this.#process = process
    this.#directory = directory
    this.#bidi = bidi
    bidi.onEvent = (method, params) => {
      const { level, text, source } = params as {
        level?: string
        text?: string
        source?: { context?: string }
      }
      if (method !== 'log.entryAdded' || params['type'] !== 'javascript' || level !== 'error') return
      this.#pages.get(source?.context ?? '')?.onError(new Error(text))
    }
  }

  /** `toneHz`: what the microphone hears. */
  static async launch(toneHz: number, morePreferences: readonly Preference[] = []): Promise<Firefox> {
    const directory = mkdtempSync(join(tmpdir(), 'roomful-firefox-'))
    const lines = [...preferences(toneHz), ...morePreferences].map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
    )
    writeFileSync(join(directory, 'user.js'), lines.join(''))
    const args = [
      '--headless',
      '--no-remote',
      '--profile',
      directory,
      '--remote-debugging-port=0',
      'about:blank',
    ]
    const child = spawn(needProgram('firefox-esr'), args, {
      env: { ...process.env, HOME: directory, MOZ_CRASHREPORTER_DISABLE: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const kill = () => child.kill('SIGKILL')
    process.once('exit', kill)
    child.once('exit', () => process.off('exit', kill))
    try {
      const bidi = await Bidi.connect(`${await addressOf(child)}/session`)
      await bidi.send('session.new', { capabilities: {} })
      await bidi.send('session.subscribe', { events: ['log.entryAdded'] })
      return new Firefox(child, directory, bidi)
    } catch (error) {
      await end(child, directory)
      throw error
    }
  }

  async newPage(): Promise<FirefoxPage> {
    const { context } = await this.#bidi.send<{ context: string }>('browsingContext.create', {
      // Not a tab: only one of these is in front, and those behind are slowed down.
      type: 'window',
    })
    const page = new FirefoxPage(this.#bidi, context)
    this.#pages.set(context, page)
    return page
  }

  /** As the tests take the Chromium of somebody. */
  get asTestBrowser(): TestBrowser {
    return {
      context: { newPage: () => this.newPage() },
      kill: () => this.#process.kill('SIGKILL'),
      close: () => this.close(),
    } as unknown as TestBrowser
  }

  async close(): Promise<void> {
    this.#bidi.close()
    await end(this.#process, this.#directory)
  }
}

/** Waits until the program says where it can be driven. */
async function addressOf(child: ChildProcess): Promise<string> {
  if (child.stderr === null) throw new Error('Firefox was started without its standard error')
  const lines = createInterface({ input: child.stderr })
  return new Promise((resolve, reject) => {
    const said: string[] = []
    const fail = (why: string) =>
      reject(new Error(`Firefox ${why}. It said: ${said.join('\n') || 'nothing'}`))
    const timer = setTimeout(() => fail(`was not ready after ${startTimeoutMs / 1000} s`), startTimeoutMs)
    lines.on('line', (line) => {
      if (said.length < 50) said.push(line)
      const address = /^WebDriver BiDi listening on (ws:\S+)/.exec(line)?.[1]
      if (address === undefined) return
      clearTimeout(timer)
      resolve(address)
    })
    child.once('exit', (code) => {
      clearTimeout(timer)
      fail(`ended with code ${code}`)
    })
  })
}

async function end(child: ChildProcess, directory: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  // Processes of its own follow it a moment later, and may still write.
  rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}

/** One tab: what the tests use of Playwright's `Page`. */
export class FirefoxPage {
  readonly #bidi: Bidi
  readonly #context: string
  readonly #errorHandlers: ((error: Error) => void)[] = []

  constructor(bidi: Bidi, context: string) {
    this.#bidi = bidi
    this.#context = context
  }

  on(_event: 'pageerror', handler: (error: Error) => void): void {
    this.#errorHandlers.push(handler)
  }

  onError(error: Error): void {
    for (const handler of this.#errorHandlers) handler(error)
  }

  async goto(url: string): Promise<void> {
    await this.#bidi.send('browsingContext.navigate', { context: this.#context, url, wait: 'complete' })
  }

  async reload(): Promise<void> {
    await this.#bidi.send('browsingContext.reload', { context: this.#context, wait: 'complete' })
  }

  async addScriptTag(script: { url?: string; content?: string }): Promise<void> {
    await this.evaluate(
      ({ url, content }) =>
        new Promise<void>((resolve, reject) => {
          const element = document.createElement('script')
          element.onload = () => resolve()
          element.onerror = () => reject(new Error(`${url} could not be loaded`))
          if (url === undefined) element.textContent = content ?? ''
          else element.src = url
          document.head.append(element)
          if (url === undefined) resolve()
        }),
      script,
    )
  }

  /** Calls `run` in the page, with plain data in and out. */
  evaluate<T, A = undefined>(run: (argument: A) => T | Promise<T>, argument?: A): Promise<T> {
    return callInPage<T>(this.#bidi, this.#context, run.toString(), argument)
  }

  async screenshot(): Promise<Buffer> {
    const { data } = await this.#bidi.send<{ data: string }>('browsingContext.captureScreenshot', {
      context: this.#context,
    })
    return Buffer.from(data, 'base64')
  }

  async close(): Promise<void> {
    await this.#bidi.send('browsingContext.close', { context: this.#context })
  }
}
