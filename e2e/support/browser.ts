import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { autoplayFlag, chromiumFlags } from '@roomful/media/transport/testing/chromiumFlags'
import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { writeFakeDevices, type Person } from './fakeDevices.ts'

const executablePath = process.env['CHROME_PATH'] ?? '/usr/bin/chromium'

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
      autoplayFlag,
      ...chromiumFlags,
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
