import { createHash, createHmac, randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { TurnConfig } from '../../config/index.ts'
import { IceServerList } from '../../gateway/IceServerList.ts'
import { systemClock } from '../../lib/Clock.ts'
import { fail, ok, reasonOf, type Check, type Finding } from './Finding.ts'

const timeoutMs = 4000
const magicCookie = 0x2112a442
/** RFC 8656 section 18: Allocate, and the attributes it needs. */
const methods = { allocateRequest: 0x0003, allocateSuccess: 0x0103 } as const
const attributes = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  realm: 0x0014,
  nonce: 0x0015,
  requestedTransport: 0x0019,
} as const
const udpTransport = Buffer.from([17, 0, 0, 0])

type Exchange = { request(message: Buffer): Promise<Buffer>; close(): void }
type TurnUrl = { scheme: 'turn' | 'turns'; host: string; port: number; transport: 'udp' | 'tcp' }

/** Whether each TURN server gives a relay address for the credentials that browsers will be told. */
export const checkTurn: Check = async ({ turn, iceServers }) => {
  const servers = [...new IceServerList(iceServers, turn, systemClock).for('doctor')]
  const findings: Finding[] = []
  for (const { urls, username = '', credential = '' } of servers) {
    for (const url of [urls].flat()) {
      if (url.startsWith('turn')) findings.push(await checkOne(url, username, credential, turn))
    }
  }
  return findings
}

async function checkOne(
  url: string,
  username: string,
  credential: string,
  turn: TurnConfig | undefined,
): Promise<Finding> {
  let exchange: Exchange | undefined
  try {
    exchange = await open(parseUrl(url))
    const transportOnly = [attribute(attributes.requestedTransport, udpTransport)]
    const first = await exchange.request(message(transportOnly))
    const realm = find(first, attributes.realm)
    const nonce = find(first, attributes.nonce)
    if (realm === undefined || nonce === undefined) throw new Error('its answer is not that of a TURN server')
    const key = createHash('md5').update(`${username}:${realm.toString()}:${credential}`).digest()
    const signed = [
      ...transportOnly,
      attribute(attributes.username, Buffer.from(username)),
      attribute(attributes.realm, realm),
      attribute(attributes.nonce, nonce),
    ]
    const second = await exchange.request(message(signed, key))
    if (second.readUInt16BE(0) === methods.allocateSuccess) return ok(`${url} gives relay addresses`)
    return fail(
      `${url} refuses the credentials: ${errorOf(second)}`,
      turn?.credentials.type === 'timeLimited'
        ? "ROOMFUL_TURN_SECRET must be the TURN server's static-auth-secret, and the clocks of both must agree."
        : 'Correct the user name and credential of the TURN server.',
    )
  } catch (error) {
    return fail(
      `${url} does not answer: ${reasonOf(error)}`,
      'Start the TURN server, correct its URL, or open its port; browsers behind strict firewalls need it.',
    )
  } finally {
    exchange?.close()
  }
}

function parseUrl(url: string): TurnUrl {
  const [, scheme, host = '', port, transport] =
    /^(turns?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/.exec(url) ?? []
  const isTls = scheme === 'turns'
  return {
    scheme: isTls ? 'turns' : 'turn',
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(port ?? (isTls ? 5349 : 3478)),
    transport: transport === 'tcp' || isTls ? 'tcp' : 'udp',
  }
}

function open(url: TurnUrl): Promise<Exchange> {
  return url.transport === 'udp' ? openUdp(url) : openTcp(url)
}

async function openUdp({ host, port }: TurnUrl): Promise<Exchange> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  const failed = new Promise<never>((_, reject) => socket.once('error', reject))
  failed.catch(() => {})
  await Promise.race([
    failed,
    inTime(new Promise<void>((resolve) => socket.connect(port, host, () => resolve()))),
  ])
  return {
    request: (bytes) => {
      const answer = new Promise<Buffer>((resolve) => socket.once('message', resolve))
      socket.send(bytes)
      return Promise.race([failed, inTime(answer)])
    },
    close: () => socket.close(),
  }
}

async function openTcp({ scheme, host, port }: TurnUrl): Promise<Exchange> {
  const socket = scheme === 'turns' ? connectTls({ host, port, servername: host }) : connect({ host, port })
  const failed = new Promise<never>((_, reject) => {
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('it closed the connection')))
  })
  failed.catch(() => {})
  const ready = scheme === 'turns' ? 'secureConnect' : 'connect'
  const close = (): void => void socket.destroy()
  try {
    await Promise.race([failed, inTime(new Promise<void>((resolve) => socket.once(ready, resolve)))])
  } catch (error) {
    close()
    throw error
  }
  let received = Buffer.alloc(0)
  let answered: (bytes: Buffer) => void = () => {}
  socket.on('data', (part) => {
    received = Buffer.concat([received, part])
    if (received.length >= 20 && received.length >= 20 + received.readUInt16BE(2)) {
      answered(received)
      received = Buffer.alloc(0)
    }
  })
  return {
    request: (bytes) => {
      const answer = new Promise<Buffer>((resolve) => (answered = resolve))
      socket.write(bytes)
      return Promise.race([failed, inTime(answer)])
    },
    close,
  }
}

function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${timeoutMs / 1000} s`)), timeoutMs)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** An Allocate request; with a key it is signed (RFC 8489 section 14.5). */
function message(parts: Buffer[], key?: Buffer): Buffer {
  const body = Buffer.concat(parts)
  const header = Buffer.alloc(20)
  header.writeUInt16BE(methods.allocateRequest, 0)
  header.writeUInt16BE(body.length + (key === undefined ? 0 : 24), 2)
  header.writeUInt32BE(magicCookie, 4)
  randomBytes(12).copy(header, 8)
  const unsigned = Buffer.concat([header, body])
  if (key === undefined) return unsigned
  const mac = createHmac('sha1', key).update(unsigned).digest()
  return Buffer.concat([unsigned, attribute(attributes.messageIntegrity, mac)])
}

function attribute(type: number, value: Buffer): Buffer {
  const padded = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4)
  padded.writeUInt16BE(type, 0)
  padded.writeUInt16BE(value.length, 2)
  value.copy(padded, 4)
  return padded
}

function find(bytes: Buffer, wanted: number): Buffer | undefined {
  for (let at = 20; at + 4 <= bytes.length;) {
    const length = bytes.readUInt16BE(at + 2)
    if (bytes.readUInt16BE(at) === wanted) return bytes.subarray(at + 4, at + 4 + length)
    at += 4 + Math.ceil(length / 4) * 4
  }
  return undefined
}

/** RFC 8489 section 14.8. */
function errorOf(bytes: Buffer): string {
  const value = find(bytes, attributes.errorCode)
  if (value === undefined || value.length < 4) return 'no reason given'
  return `${(value[2]! & 7) * 100 + value[3]!} ${value.subarray(4).toString()}`.trim()
}
