import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '@roomful/media/testing/freePorts'
import { fileOf } from '../packages/server/test/docs/markdown.ts'
import { withPorts } from '../packages/server/test/docs/runPage.ts'
import { launchBrowser, type TestBrowser } from './support/browser.ts'
import { person } from './support/people.ts'
import { startTestServer, type TestServer } from './support/server.ts'

// The pages of docs/ and the README, as their readers save them.

let server: TestServer
let browser: TestBrowser
let application: ChildProcess
let ports: Map<number, number>
const directory = mkdtempSync(join(tmpdir(), 'roomful-docs-'))

beforeAll(async () => {
  server = await startTestServer()
  ports = new Map([
    [8080, server.port],
    [3000, await freePort()],
  ])
  save('token-server.mjs', fileOf('docs/embedding.md', 'token-server.mjs'))
  application = spawn(process.execPath, ['token-server.mjs'], {
    cwd: directory,
    stdio: 'ignore',
    env: {
      ROOMFUL_URL: server.url,
      ROOMFUL_PROJECT_ID: server.config.projectId,
      ROOMFUL_API_TOKEN: server.config.apiToken,
    },
  })
  browser = await launchBrowser(person(0))
})
afterAll(async () => {
  await browser?.close()
  if (application?.exitCode === null) {
    const gone = once(application, 'exit')
    application.kill()
    await gone
  }
  await server?.close()
  rmSync(directory, { recursive: true, force: true })
})

test('the token server and the page of Embedding join, show the room and mute', async () => {
  const page = await open(fileOf('docs/embedding.md', 'page.html'))
  await expectPicture(page)
  await expect.poll(() => page.title(), { timeout: 15_000 }).toBe('Ada')
  await page.getByRole('button', { name: 'Mute' }).click()
  await page.getByRole('button', { name: 'Unmute' }).waitFor()
  await page.close()
})

test.each(['README.md', 'docs/getting-started.md'])(
  'the page of %s joins and shows the room',
  async (name) => {
    const token = await server.token('standup', 'Ben')
    const page = await open(fileOf(name, 'page.html').replace('eyJ…', token))
    await expectPicture(page)
    await page.close()
  },
)

function save(name: string, text: string): void {
  writeFileSync(join(directory, name), withPorts(text, ports))
}

/** The page, as the token server of Embedding serves it, in a tab whose user is called Ada. */
async function open(html: string): Promise<Page> {
  save('page.html', html)
  const url = `http://localhost:${ports.get(3000)}`
  await expect.poll(() => fetch(url).then(({ ok }) => ok, String), { timeout: 15_000 }).toBe(true)
  const page = await browser.context.newPage()
  page.on('dialog', (dialog) => void dialog.accept('Ada'))
  await page.goto(url)
  return page
}

/** Pictures of the room are shown, and go on. */
async function expectPicture(page: Page): Promise<void> {
  const shown = () =>
    page.evaluate(() => {
      const videos = [...document.querySelectorAll<HTMLVideoElement>('#room video')]
      return videos.some(
        (video) => video.videoWidth === 1280 && video.getVideoPlaybackQuality().totalVideoFrames > 25,
      )
    })
  await expect.poll(shown, { timeout: 30_000 }).toBe(true)
}
