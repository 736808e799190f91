import { execFile } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { generate } from 'selfsigned'
import { decodeProtectedHeader } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCommand } from '../src/cli/run.ts'

let directory: string
const closers: (() => void)[] = []

beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'roomful-cli-'))))
afterEach(() => {
  for (const close of closers.splice(0)) close()
  rmSync(directory, { recursive: true, force: true })
})

/** Needed where the server is open to others. */
const credentials = { ROOMFUL_PROJECT_ID: 'test-project', ROOMFUL_API_TOKEN: 'test-api-token' }

/** A command with its own data directory: exit code and all it said. */
async function roomful(argv: string[], environment: Record<string, string> = {}) {
  let said = ''
  const say = (text: string): void => void (said += `${text}\n`)
  const code = await runCommand(argv, {
    environment: { ROOMFUL_DATA_DIR: join(directory, 'data'), ...environment },
    print: say,
    complain: say,
  })
  return { code, said }
}

async function takenTcpPort(): Promise<number> {
  const server: Server = createServer().listen(0, '127.0.0.1')
  closers.push(() => server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function udpPort(): Promise<{ port: number; socket: Socket }> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { port: socket.address().port, socket }
}

describe('roomful', () => {
  it('says what it can do, and what it cannot', async () => {
    expect((await roomful([])).said).toMatch(/Usage: roomful COMMAND[\s\S]*doctor {4}look whether/)
    expect(await roomful(['dance'])).toMatchObject({
      code: 2,
      said: expect.stringContaining('no command "dance"'),
    })
    expect((await roomful(['keys', '--help'])).said).toContain('roomful keys revoke ID')
    expect((await roomful(['help', 'keys'])).said).toContain('roomful keys revoke ID')
    expect(await roomful(['help', 'dance'])).toMatchObject({ code: 2 })
    expect(await roomful(['--version'])).toEqual({
      code: 0,
      said: expect.stringMatching(/^roomful \d+\.\d+/),
    })
    const { code, said } = await roomful(['token', 'lobby', '--colour', 'red'])
    expect([code, said]).toEqual([
      1,
      expect.stringContaining('There is no --colour. There are: --allowed-hosts'),
    ])
  })

  it.each([
    ['keys', 'list', 'extra'],
    ['keys', 'create', 'a', 'b'],
    ['projects', 'list', 'extra'],
    ['secrets', 'rotate', 'now'],
    ['keys', 'create', ' '],
    ['projects', 'create', ''],
    ['token', 'lobby', '--project', 'other'],
    ['token', 'lobby', 'hall'],
  ])('does nothing on a wrong word, and tells the usage: %s %s %s %s', async (...argv) => {
    const { code, said } = await roomful(argv)
    expect(said).toMatch(new RegExp(`^.+\\n\\nUsage: roomful ${argv[0]} `))
    expect(code).toBe(2)
    expect((await roomful(['secrets', 'list'])).said.trim().split('\n')).toHaveLength(1)
    expect((await roomful(['keys', 'list'])).said.trim().split('\n')).toHaveLength(1)
  })

  it('runs as a program', async () => {
    const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [main, 'help'])
    expect(stdout).toContain('Usage: roomful COMMAND')
  })

  it('makes a room token that leads to the public URL', async () => {
    const { code, said } = await roomful(['token', 'lobby', '--name', 'Ann', '--permissions', 'room.lock'], {
      ...credentials,
      ROOMFUL_PUBLIC_URL: 'https://rooms.example',
    })
    expect(code).toBe(0)
    expect(decodeProtectedHeader(said.trim())).toMatchObject({ typ: 'VRT', ch: 'wss://rooms.example' })
    const claims = JSON.parse(Buffer.from(said.split('.')[1]!, 'base64url').toString()) as object
    expect(claims).toMatchObject({ r: 'lobby', u: 'Ann', s: ['room.lock'], ja: 'member' })
    expect((await roomful(['token', 'two words'])).code).toBe(2)
    expect((await roomful(['token', 'a', '--permissions', 'room.fly'])).said).toContain(
      'no permission room.fly',
    )
  })

  it('creates, lists and revokes API tokens, and shows each once', async () => {
    const created = await roomful(['keys', 'create', 'backend'])
    const [apiToken = ''] = /rf_[\w-]{43}/.exec(created.said) ?? []
    expect(created.said).toContain(`ROOMFUL_API_TOKEN=${apiToken}\n`)
    const { said } = await roomful(['keys', 'list'])
    expect(said).toContain('backend')
    expect(said).not.toContain(apiToken)
    const [id = ''] = /^[0-9a-f-]{36}/m.exec(said) ?? []
    expect((await roomful(['keys', 'revoke', id])).code).toBe(0)
    expect((await roomful(['keys', 'revoke', id])).code).toBe(1)
    expect((await roomful(['keys', 'create', 'x', '--scopes', 'root'])).said).toContain('There are: video')
    expect((await roomful(['keys', 'create', 'x', '--project', 'other'])).said).toContain('no project other')
  })

  it('rotates the secret of room tokens, and makes projects apart', async () => {
    const env = { ROOMFUL_TOKEN_SECRET: 'the secret of the configuration, long enough' }
    await roomful(['token', 'lobby'], env)
    expect((await roomful(['secrets', 'rotate', '--overlap-hours', '2'], env)).said).toContain('2 hours')
    const listed = await roomful(['secrets', 'list'], env)
    expect(listed.said.trim().split('\n')).toHaveLength(3)
    const { said } = await roomful(['projects', 'create', 'second'])
    const [, id = ''] = /ROOMFUL_PROJECT_ID=(\S+)/.exec(said) ?? []
    expect((await roomful(['projects', 'list'])).said).toMatch(new RegExp(`${id}  second`))
    expect((await roomful(['token', 'lobby', '--project', id])).code).toBe(0)
  })
})

describe('roomful doctor', () => {
  // Whatever else this machine has, these must not be found on it.
  const sound = async () => {
    const { port, socket } = await udpPort()
    socket.close()
    return {
      ROOMFUL_RTC_PORT: String(port),
      ROOMFUL_RTC_HOST: '127.0.0.1',
      ROOMFUL_MEDIA_PROCESSES: '1',
      PORT: '0',
    }
  }
  const doctor = async (environment: Record<string, string>) =>
    roomful(['doctor'], { ...(await sound()), ...environment })

  it('finds nothing to mend where all is well', async () => {
    const { code, said } = await doctor({})
    expect(said).not.toContain('✗')
    expect(code).toBe(0)
    expect(said).toContain('The codecs are there')
  })

  it('finds a port that another program has', async () => {
    const port = await takenTcpPort()
    const { code, said } = await doctor({ PORT: String(port) })
    expect(said).toMatch(new RegExp(`✗ TCP port ${port} .*EADDRINUSE[\\s\\S]*Set PORT to a free port`))
    expect(code).toBe(1)
  })

  it('finds a UDP port that another program has', async () => {
    const { port, socket } = await udpPort()
    closers.push(() => socket.close())
    const { code, said } = await doctor({ ROOMFUL_RTC_PORT: String(port) })
    expect(said).toMatch(new RegExp(`✗ UDP ports .* ${port} \\(EADDRINUSE\\)[\\s\\S]*Set ROOMFUL_RTC_PORT`))
    expect(code).toBe(1)
  })

  it('finds a data directory that cannot be', async () => {
    const file = join(directory, 'file')
    writeFileSync(file, '')
    const { code, said } = await doctor({ ROOMFUL_DATA_DIR: join(file, 'data') })
    expect(said).toMatch(/✗ .*ENOTDIR/)
    expect(code).toBe(1)
  })

  it('finds a TURN server that is not there, and one that refuses', async () => {
    const { port, socket } = await udpPort()
    closers.push(() => socket.close())
    // Answers the first request as RFC 8656 asks, and every signed one with 401.
    socket.on('message', (request, from) => {
      const attribute = (type: number, value: Buffer): Buffer => {
        const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4)
        bytes.writeUInt16BE(type, 0)
        bytes.writeUInt16BE(value.length, 2)
        value.copy(bytes, 4)
        return bytes
      }
      const body = Buffer.concat([
        attribute(0x0009, Buffer.concat([Buffer.from([0, 0, 4, 1]), Buffer.from('Unauthorized')])),
        attribute(0x0014, Buffer.from('realm')),
        attribute(0x0015, Buffer.from('nonce')),
      ])
      const head = Buffer.from(request.subarray(0, 20))
      head.writeUInt16BE(0x0113, 0)
      head.writeUInt16BE(body.length, 2)
      socket.send(Buffer.concat([head, body]), from.port, from.address)
    })
    const closed = await takenTcpPort()
    closers.pop()?.()
    const { code, said } = await doctor({
      ROOMFUL_TURN_URLS: `turn:127.0.0.1:${port},turn:127.0.0.1:${closed}?transport=tcp`,
      ROOMFUL_TURN_SECRET: 'not that of the server',
    })
    expect(said).toMatch(
      new RegExp(
        `✗ turn:127.0.0.1:${port} refuses the credentials: 401 Unauthorized[\\s\\S]*static-auth-secret`,
      ),
    )
    expect(said).toMatch(/✗ turn:\S+transport=tcp does not answer: .*ECONNREFUSED/)
    expect(code).toBe(1)
  })

  it('finds a database that does not answer', async () => {
    const closed = await takenTcpPort()
    closers.pop()?.()
    const { code, said } = await doctor({
      ROOMFUL_DATABASE_URL: `postgres://me:secret@127.0.0.1:${closed}/rooms`,
    })
    expect(said).toMatch(/✗ The database does not answer: .*ECONNREFUSED/)
    expect(said).not.toContain('secret')
    expect(code).toBe(1)
  })

  it('finds a certificate that has ended, is for another name, or has another key', async () => {
    const dayMs = 86_400_000
    const make = async (name: string, notAfterDate: Date) => {
      const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
        notBeforeDate: new Date(Date.now() - 400 * dayMs),
        notAfterDate,
        extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
      })
      const paths = { cert: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) }
      writeFileSync(paths.cert, cert)
      writeFileSync(paths.key, key)
      return paths
    }
    const past = await make('old.example', new Date(Date.now() - dayMs))
    const good = await make('rooms.example', new Date(Date.now() + 300 * dayMs))
    const tls = (cert: string, key: string, name: string) =>
      doctor({
        ROOMFUL_TLS_CERT: cert,
        ROOMFUL_TLS_KEY: key,
        ...credentials,
        ROOMFUL_PUBLIC_URL: `https://${name}`,
        ROOMFUL_ANNOUNCED_IP: '192.0.2.1',
      })
    expect((await tls(good.cert, good.key, 'rooms.example')).said).not.toContain('✗')
    expect((await tls(past.cert, past.key, 'old.example')).said).toContain('✗ The certificate ended on')
    expect((await tls(good.cert, good.key, 'other.example')).said).toContain(
      '✗ The certificate is not for other.example',
    )
    expect((await tls(good.cert, past.key, 'rooms.example')).said).toMatch(/✗ The key in .* is not the one/)
  })

  it('reads the configuration itself as a patient', async () => {
    const { code, said } = await doctor({ ROOMFUL_RTC_HOST: 'everywhere', ROOMFUL_ROOM_FPS: '99' })
    expect(said).toContain('✗ ROOMFUL_RTC_HOST must be an IP address')
    expect(said).toContain('✗ ROOMFUL_ROOM_FPS must be 20, 25 or 30')
    expect(code).toBe(1)
  })
})
