import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { writeFakeDevices, type Person } from './fakeDevices.ts'

const executablePath = process.env['CHROME_PATH'] ?? '/usr/bin/chromium'

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  // A page without media permission must reach a server on loopback too.
  '--allow-loopback-in-peer-connection',
  '--force-webrtc-ip-handling-policy=default',
]

export type TestBrowser = {
  browser: Browser
  context: BrowserContext
  /** Ends the browser as a crash does: nothing is said to anybody. */
  kill(): void
  close(): Promise<void>
}

/** A Chromium of its own whose camera and microphone are this person's colour and tone. */
export async function launchBrowser(person: Person, extraFlags: string[] = []): Promise<TestBrowser> {
  const directory = mkdtempSync(join(tmpdir(), 'roomful-e2e-'))
  const { cameraFile, microphoneFile } = writeFakeDevices(directory, person)
  const server = await chromium.launchServer({
    executablePath,
    headless: true,
    args: [
      ...flags,
      `--use-file-for-fake-video-capture=${cameraFile}`,
      `--use-file-for-fake-audio-capture=${microphoneFile}`,
      ...extraFlags,
    ],
  })
  const browser = await chromium.connect(server.wsEndpoint())
  const context = await browser.newContext({ permissions: ['camera', 'microphone'] })
  let closed = false
  return {
    browser,
    context,
    kill() {
      server.process().kill('SIGKILL')
    },
    async close() {
      if (closed) return
      closed = true
      await browser.close().catch(() => {})
      await server.kill().catch(() => {})
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
