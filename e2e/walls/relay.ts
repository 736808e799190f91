import type { BrowserMember } from '../support/BrowserMember.ts'

export type TurnTransport = 'udp' | 'tcp' | 'tls'

type Wall = {
  /** The only way out is a TURN server, by this transport. */
  transport: TurnTransport
  /** Sent to it in place of the right one. */
  password?: string
}

declare global {
  interface Window {
    peers: RTCPeerConnection[]
    wall: Wall
  }
}

/** Puts a page behind a wall: holds for the connections that it makes from now on. May be called again. */
export async function putBehindWall({ page }: BrowserMember, wall: Wall): Promise<void> {
  await page.evaluate((wall) => {
    const isFirst = !('wall' in window)
    window.wall = wall
    if (!isFirst) return
    window.peers = []
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor({ iceServers = [], ...rest }: RTCConfiguration = {}) {
        const { transport, password } = window.wall
        const [scheme, protocol] = transport === 'tls' ? ['turns:', 'tcp'] : ['turn:', transport]
        const isLeft = (url: string): boolean =>
          url.startsWith(scheme) && url.endsWith(`transport=${protocol}`)
        const walled = iceServers.map((server) => ({
          ...server,
          urls: [server.urls].flat().filter(isLeft),
          ...(password !== undefined && { credential: password }),
        }))
        super({ ...rest, iceServers: walled, iceTransportPolicy: 'relay' })
        window.peers.push(this)
      }
    }
  }, wall)
}

export type Candidate = {
  candidateType: string
  relayProtocol?: string
  port: number
  usernameFragment: string
}
export type Pair = { local: Candidate; remote: Candidate }

/** What carries the media of each section of the newest connection. */
export async function selectedPairs({ page }: BrowserMember): Promise<Pair[]> {
  return page.evaluate(async () => {
    type Stats = { type: string } & Record<string, unknown>
    const found = new Map<unknown, Stats>()
    const stats = await window.peers.at(-1)?.getStats()
    stats?.forEach((entry: Stats, id: string) => found.set(id, entry))
    const transports = [...found.values()].filter(({ type }) => type === 'transport')
    return transports.flatMap(({ selectedCandidatePairId }) => {
      const pair = found.get(selectedCandidatePairId)
      const local = found.get(pair?.['localCandidateId']) as Candidate | undefined
      const remote = found.get(pair?.['remoteCandidateId']) as Candidate | undefined
      return local && remote ? [{ local, remote }] : []
    })
  })
}

/** ICE user fragments of the server in the newest connection, one for each section. */
export async function ufragsOf({ page }: BrowserMember): Promise<string[]> {
  return page.evaluate(() => {
    const sdp = window.peers.at(-1)?.remoteDescription?.sdp ?? ''
    return [...sdp.matchAll(/^a=ice-ufrag:(.*)$/gm)].map(([, ufrag = '']) => ufrag.trim())
  })
}
