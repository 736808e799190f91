import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { freePort } from '@roomful/media/testing/freePorts'
import { needProgram } from '../support/programs.ts'
import { waitFor } from '../support/waitFor.ts'

/**
 * A coturn of its own on loopback, for UDP, TCP and TLS, whose users have credentials that expire. Its
 * certificate is self-signed.
 */
export class TurnServer {
  readonly port: number
  readonly tlsPort: number
  readonly secret = 'a secret of the TURN server'
  readonly #child: ChildProcess
  readonly #directory: string
  #log = ''

  private constructor(
    [port, tlsPort]: readonly [number, number],
    { cert, key }: { cert: string; key: string },
    directory: string,
  ) {
    this.port = port
    this.tlsPort = tlsPort
    this.#directory = directory
    writeFileSync(join(directory, 'cert.pem'), cert)
    writeFileSync(join(directory, 'key.pem'), key)
    writeFileSync(join(directory, 'turn.conf'), this.#config())
    this.#child = spawn(needProgram('turnserver'), ['-c', join(directory, 'turn.conf')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const keep = (text: Buffer) => (this.#log += text.toString())
    this.#child.stdout?.on('data', keep)
    this.#child.stderr?.on('data', keep)
  }

  static async start(): Promise<TurnServer> {
    const { cert, private: key } = await generate([{ name: 'commonName', value: '127.0.0.1' }])
    const ports = [await freePort(), await freePort()] as const
    const server = new TurnServer(ports, { cert, key }, mkdtempSync(join(tmpdir(), 'roomful-turn-')))
    await waitFor('coturn to listen', async () => {
      if (server.#child.exitCode !== null) throw new Error(`coturn has ended:\n${server.#log}`)
      return (await canConnect(server.port)) && (await canConnect(server.tlsPort))
    })
    return server
  }

  /** As browsers are told of it. */
  get urls(): string[] {
    return [
      ...['udp', 'tcp'].map((transport) => `turn:127.0.0.1:${this.port}?transport=${transport}`),
      `turns:127.0.0.1:${this.tlsPort}?transport=tcp`,
    ]
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGKILL')
      await once(this.#child, 'exit')
    }
    rmSync(this.#directory, { recursive: true, force: true })
  }

  #config(): string {
    return [
      `listening-port=${this.port}`,
      `tls-listening-port=${this.tlsPort}`,
      `cert=${join(this.#directory, 'cert.pem')}`,
      `pkey=${join(this.#directory, 'key.pem')}`,
      'listening-ip=127.0.0.1',
      'relay-ip=127.0.0.1',
      // The rooms' media is on loopback too, which coturn guards by default.
      'allow-loopback-peers',
      // As docs/operating-behind-nat.md recommends.
      'denied-peer-ip=0.0.0.0-255.255.255.255',
      'allowed-peer-ip=127.0.0.1',
      'no-cli',
      'no-dtls',
      'fingerprint',
      'use-auth-secret',
      `static-auth-secret=${this.secret}`,
      'realm=roomful.test',
      `userdb=${join(this.#directory, 'turn.db')}`,
      `pidfile=${join(this.#directory, 'turn.pid')}`,
      'log-file=stdout',
      '',
    ].join('\n')
  }
}

async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
