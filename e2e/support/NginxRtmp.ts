import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@roomful/media/testing/freePorts'
import { needProgram } from './programs.ts'
import { waitFor } from './waitFor.ts'

const modulePath = '/usr/lib/nginx/modules/ngx_rtmp_module.so'

/** A real RTMP server on loopback: what is published to `/live/<key>` can be pulled from there. */
export class NginxRtmp {
  readonly port: number
  readonly #folder: string
  #child: ChildProcess | null = null

  static async start(): Promise<NginxRtmp> {
    const server = new NginxRtmp(await freePort())
    await server.run()
    return server
  }

  private constructor(port: number) {
    this.port = port
    this.#folder = mkdtempSync(join(tmpdir(), 'roomful-nginx-'))
    writeFileSync(join(this.#folder, 'nginx.conf'), config(this.#folder, port))
  }

  url(key: string): string {
    return `rtmp://127.0.0.1:${this.port}/live/${key}`
  }

  /** Starts it (again). */
  async run(): Promise<void> {
    const child = spawn(needProgram('nginx'), ['-p', this.#folder, '-c', join(this.#folder, 'nginx.conf')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    this.#child = child
    await waitFor('the RTMP server', () => {
      if (child.exitCode !== null) throw new Error(`nginx ended with code ${child.exitCode}`)
      return accepts(this.port)
    })
  }

  /** Ends it as a crash does: connections break. */
  async stop(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await exited
  }

  async close(): Promise<void> {
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function config(folder: string, port: number): string {
  return `
load_module ${modulePath};
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 64; }
rtmp {
  server {
    listen 127.0.0.1:${port};
    application live {
      live on;
    }
  }
}
`
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
