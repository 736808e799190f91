import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'

/** The Chromium to test with, or undefined: `CHROME_PATH`, else Debian's. */
export function findChromium(): string | undefined {
  const paths = [process.env['CHROME_PATH'], '/usr/bin/chromium']
  return paths.find((path) => path !== undefined && path !== '' && existsSync(path))
}

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  // A page without media permission reaches a server on loopback only with both of these.
  '--allow-loopback-in-peer-connection',
  '--force-webrtc-ip-handling-policy=default',
]

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
    browser = await chromium.launch({ executablePath, headless: false, args: ['--headless=new', ...flags] })
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
