import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import { autoplayFlag, chromiumFlags } from './chromiumFlags.ts'

/** The Chromium to test with, or undefined: `CHROME_PATH`, else Debian's. */
export function findChromium(): string | undefined {
  const paths = [process.env['CHROME_PATH'], '/usr/bin/chromium']
  return paths.find((path) => path !== undefined && path !== '' && existsSync(path))
}

/** A headless Chromium and a secure-context origin for pages that use cameras. */
export async function startChromium(executablePath: string): Promise<{
  newPage(): Promise<Page>
  close(): Promise<void>
}> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>transport</title>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  let browser: Browser
  try {
    browser = await chromium.launch({
      executablePath,
      headless: false,
      args: ['--headless=new', autoplayFlag, ...chromiumFlags],
    })
  } catch (error) {
    server.close()
    throw error
  }
  return {
    async newPage() {
      const page = await browser.newPage()
      await page.goto(`http://127.0.0.1:${port}/`)
      return page
    },
    async close() {
      await browser.close()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
