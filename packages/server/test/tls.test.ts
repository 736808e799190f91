import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { generate } from 'selfsigned'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startTestServer } from './support/startTestServer.ts'
import { waitFor } from './support/waitFor.ts'

let directory: string
let tls: { certPath: string; keyPath: string }
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'roomful-tls-'))
  tls = { certPath: join(directory, 'cert.pem'), keyPath: join(directory, 'key.pem') }
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** Writes a certificate; gives its fingerprint. */
async function write(name: string): Promise<string> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  })
  writeFileSync(tls.keyPath, key)
  writeFileSync(tls.certPath, cert)
  return cert
}

/** Status of `/healthz`, and the name in the certificate that the server shows. */
function healthOver(url: string, ca: string): Promise<{ status: number; name: string }> {
  return new Promise((resolve, reject) => {
    request(`${url}/healthz`, { ca, agent: false }, (response) => {
      const { subject } = (response.socket as TLSSocket).getPeerCertificate()
      response.resume()
      resolve({ status: response.statusCode ?? 0, name: String(subject.CN) })
    })
      .once('error', reject)
      .end()
  })
}

it('HTTP, links and WebSockets go over TLS, with a certificate from files', async () => {
  const cert = await write('first')
  await using test = await startTestServer({ tls })
  const { url } = test.server
  expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
  expect(test.server.webSocketUrl).toBe(url.replace('https', 'wss'))
  expect(await healthOver(url, cert)).toEqual({ status: 200, name: 'first' })
  await expect(healthOver(url, await write('somebody else')), 'another authority').rejects.toThrow()

  const socket = new WebSocket(test.server.webSocketUrl, { ca: cert })
  await waitFor(() => socket.readyState === WebSocket.OPEN, 'a secure WebSocket')
  socket.terminate()
})

it('files that are not there are told in words', async () => {
  await expect(startTestServer({ tls })).rejects.toThrow(/The TLS files cannot be read: ENOENT.*cert\.pem/)
})
