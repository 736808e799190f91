import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kill } from 'node:process'
import { AxeBuilder } from '@axe-core/playwright'
import { ClipServer } from '@roomful/media/players/testing/ClipServer'
import { freePorts } from '@roomful/media/testing/freePorts'
import { writeClip } from '@roomful/media/players/testing/clips'
import { startServer, type RunningServer } from '@roomful/server'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, type TestBrowser } from './support/browser.ts'

// The page at /, as `npm run build` makes it and the server serves it.

const desktop = { width: 1280, height: 800 }
const phone = { width: 360, height: 740 }
const waitMs = 30_000

describe('the page at /', () => {
  let dataDir = ''
  let server: RunningServer
  let browser: TestBrowser
  const contexts: BrowserContext[] = []

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'roomful-page-'))
    server = await startServer({
      port: 0,
      host: '127.0.0.1',
      rtcPort: await freePorts(2),
      mediaProcesses: 1,
      demo: true,
      // The film that is played comes from this machine.
      allowedHosts: ['127.0.0.1'],
      dataDir,
      logLevel: 'warn',
    })
    browser = await launchBrowser({ name: 'Page', color: { r: 40, g: 120, b: 200 }, toneHz: 440 })
  })
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  async function open(
    room: string,
    viewport = desktop,
    permissions = ['camera', 'microphone'],
  ): Promise<Page> {
    const context = await browser.browser.newContext({ viewport, permissions })
    contexts.push(context)
    const page = await context.newPage()
    page.setDefaultTimeout(waitMs)
    await page.goto(`${server.url}/?room=${room}`)
    return page
  }

  async function enter(page: Page, name: string): Promise<void> {
    await page.getByLabel('Your name').fill(name)
    await page.keyboard.press('Enter')
    await page.locator('[data-phase="joined"]').waitFor()
  }

  const names = (page: Page) => page.getByRole('list', { name: 'Members' }).getByRole('listitem')
  const entry = (page: Page, name: string) => names(page).filter({ hasText: name })

  async function pictureWidth(page: Page): Promise<number> {
    const widths = await page
      .getByTestId('stage')
      .locator('video')
      .evaluateAll((videos) => videos.map((video) => (video as HTMLVideoElement).videoWidth))
    return Math.max(0, ...widths)
  }

  async function violations(page: Page): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page }).analyze()
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  }

  it('lets two people meet, mute, change the layout and leave', async () => {
    const ada = await open('meet')
    await enter(ada, 'Ada')
    const ben = await open('meet', phone)
    await enter(ben, 'Ben')

    for (const page of [ada, ben]) {
      await expect.poll(() => names(page).count(), { timeout: waitMs }).toBe(2)
      await expect.poll(() => pictureWidth(page), { timeout: waitMs }).toBe(1280)
    }

    await ada.keyboard.press('m')
    await entry(ben, 'Ada').getByText('microphone off').waitFor()
    // Ben may hear of it before Ada's own page does.
    await ada.getByRole('switch', { name: 'Microphone', checked: false }).waitFor()
    await ada.keyboard.press('m')
    await entry(ben, 'Ada').getByText('microphone off').waitFor({ state: 'detached' })

    await ben.getByRole('switch', { name: 'Camera' }).click()
    await entry(ada, 'Ben').getByText('camera off').waitFor()

    await ben.getByRole('button', { name: 'Raise hand' }).click()
    await entry(ada, 'Ben').getByText('hand raised').waitFor()
    await ada.keyboard.press('s')
    await entry(ben, 'Ada').getByText('sharing a screen').waitFor()
    await ada.getByRole('button', { name: 'Share screen', pressed: true }).click()
    await entry(ben, 'Ada').getByText('sharing a screen').waitFor({ state: 'detached' })

    await ben.getByRole('button', { name: 'Layout' }).click()
    await ben.getByRole('menuitemradio', { name: 'Side by side' }).click()
    await ada.getByRole('button', { name: 'Layout' }).click()
    await ada.locator('[role="menuitemradio"][aria-checked="true"]', { hasText: 'Side by side' }).waitFor()
    await ada.keyboard.press('Escape')

    await ben.getByRole('button', { name: 'Leave' }).click()
    await ben.getByRole('button', { name: 'Join the room' }).waitFor()
    await expect.poll(() => names(ada).count(), { timeout: waitMs }).toBe(1)
  })

  it('says to all that the room is recorded, and what cannot be played; films and media that comes back', async () => {
    const clips = await ClipServer.start(dataDir)
    try {
      const video = { codec: 'h264', width: 320, height: 180 } as const
      await writeClip({ path: join(dataDir, 'film.mp4'), seconds: 40, video })
      const ada = await open('studio')
      await enter(ada, 'Ada')
      const ben = await open('studio', phone)
      await enter(ben, 'Ben')
      const pick = async (page: Page, item: string): Promise<void> => {
        await page.getByRole('button', { name: 'More' }).click()
        await page.getByRole('menuitem', { name: item }).click()
      }
      const shows = (page: Page, text: string) => page.getByText(text, { exact: true }).waitFor()
      const isTold = (page: Page, text: string) =>
        page.getByRole('status').filter({ hasText: text }).waitFor()

      await pick(ada, 'Start recording')
      await shows(ben, 'Recording')
      await isTold(ben, 'This room is being recorded.')
      await pick(ben, 'Pause recording')
      await shows(ada, 'Recording paused')
      await isTold(ada, 'The recording is paused.')

      await pick(ada, 'Play a video…')
      const dialog = ada.getByRole('dialog', { name: 'Play a video' })
      await dialog.getByRole('textbox').fill(clips.url('missing.mp4'))
      await ada.keyboard.press('Enter')
      await dialog.getByRole('alert').filter({ hasText: 'answered 404 Not Found' }).waitFor()
      expect(await violations(ada)).toEqual([])
      await dialog.getByRole('textbox').fill(clips.url('film.mp4'))
      await ada.keyboard.press('Enter')
      await dialog.waitFor({ state: 'detached' })
      const player = ben.getByRole('region', { name: 'Playing film.mp4' })
      await player.waitFor()
      // The own camera must not lie over the film.
      const overlays = ada.getByTestId('stage').locator('[id^="sw-sdk-"]')
      await expect
        .poll(() => overlays.evaluateAll((all) => all.map((each) => getComputedStyle(each).opacity)))
        .toEqual(['0'])
      await ada.keyboard.press('p')
      await player.getByRole('button', { name: 'Resume the video' }).waitFor()
      const position = player.getByRole('slider', { name: 'Position' })
      const isAt = Number(await position.inputValue())
      await ada.getByRole('slider', { name: 'Position' }).press('End')
      await expect.poll(async () => Number(await position.inputValue())).toBeGreaterThan(isAt + 20_000)
      expect(await violations(ben)).toEqual([])
      expect(await ben.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      await player.getByRole('button', { name: 'Stop the video' }).click()
      await ada.getByRole('region', { name: 'Playing film.mp4' }).waitFor({ state: 'detached' })

      await pick(ada, 'Stop recording')
      await isTold(ben, 'The recording has ended.')
      expect(await ben.getByText(/^Recording/).count()).toBe(0)
      await pick(ben, 'Start recording')
      await shows(ada, 'Recording')

      await expect.poll(() => pictureWidth(ada), { timeout: waitMs }).toBe(1280)
      for (const pid of server.mediaPids()) kill(pid, 'SIGKILL')
      const banner = ada.getByText('Reconnecting…')
      await Promise.all([
        banner.waitFor(),
        ben.getByRole('alert').filter({ hasText: 'The recording ended: ' }).waitFor(),
      ])
      await banner.waitFor({ state: 'detached' })
      await expect.poll(() => pictureWidth(ada), { timeout: waitMs }).toBe(1280)
    } finally {
      clips.close()
    }
  })

  it('joins with microphone and camera off when that was chosen', async () => {
    const ada = await open('quiet')
    await ada.getByRole('switch', { name: 'Microphone' }).click()
    await ada.getByRole('switch', { name: 'Camera' }).click()
    await enter(ada, 'Ada')
    await entry(ada, 'Ada').getByText('microphone off, camera off').waitFor()
    await ada.getByRole('switch', { name: 'Microphone' }).click()
    await entry(ada, 'Ada').getByText('microphone off').waitFor({ state: 'detached' })

    expect(await ada.title()).toBe('quiet · Roomful')
    await ada.getByRole('button', { name: 'More' }).click()
    await ada.getByRole('menuitem', { name: 'Devices…' }).click()
    const dialog = ada.getByRole('dialog', { name: 'Devices' })
    await dialog.getByLabel('Microphone').selectOption({ index: 1 })
    expect(await violations(ada)).toEqual([])
    await ada.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  })

  it.each([
    ['a desktop', desktop],
    ['a phone', phone],
  ])('has no accessibility faults and fits on %s', async (_name, viewport) => {
    const page = await open('faults', viewport)
    await page.locator('video[data-shown="true"]').waitFor()
    // Fading in: contrast is measured on what is really seen.
    await page.waitForFunction(() =>
      document.getAnimations().every(({ playState }) => playState !== 'running'),
    )
    expect(await violations(page)).toEqual([])
    await enter(page, 'Ada')
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Layout' }).click()
    expect(await violations(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  })

  it('keeps the keyboard in the layout menu and gives it back', async () => {
    const page = await open('keys')
    await enter(page, 'Ada')
    await page.getByRole('button', { name: 'Layout' }).focus()
    await page.keyboard.press('Enter')
    const focused = () => page.evaluate(() => document.activeElement?.textContent)
    await expect.poll(focused).toBe('Grid')
    await page.keyboard.press('ArrowUp')
    await expect.poll(focused).toBe('10 × 10')
    await page.keyboard.press('Escape')
    expect(await page.evaluate(() => document.activeElement?.ariaLabel)).toBe('Layout')
    expect(await page.getByRole('menu').count()).toBe(0)
  })
})
