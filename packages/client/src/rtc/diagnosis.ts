/** What an RTCPeerConnection tells about its attempts to find a path, as far as a user can act on it. */
export type PathReport = {
  /** Candidates by side: type and transport to how many there are, e.g. `host/udp` → 2. */
  local: Map<string, number>
  remote: Map<string, number>
  /** Candidate pairs by state, e.g. `failed` → 3. */
  pairs: Map<string, number>
  iceState: string
  /** DTLS states of the transports. */
  dtlsStates: string[]
  /** Candidates that the browser hides behind mDNS names: the server learns them from the first packet. */
  hidden: number
  /** The STUN and TURN servers by URL, each with its last error, e.g. "401 Unauthorized"; null: none. */
  servers: Map<string, string | null>
}

const serverErrors = new WeakMap<RTCPeerConnection, Map<string, string>>()

/** Keeps what STUN and TURN servers answer for `diagnose`; to be called before candidates are gathered. */
export function recordServerErrors(connection: RTCPeerConnection): void {
  const errors = new Map<string, string>()
  serverErrors.set(connection, errors)
  connection.addEventListener('icecandidateerror', ({ url, errorCode, errorText }) => {
    errors.set(url, `${errorCode} ${errorText.replace(/\.$/, '')}`.trim())
  })
}

/** By URL, whatever came of each. */
function serversOf(connection: RTCPeerConnection): Map<string, string | null> {
  const urls = connection.getConfiguration().iceServers?.flatMap((server) => server.urls) ?? []
  const errors = serverErrors.get(connection)
  return new Map(urls.map((url) => [url, errors?.get(url) ?? null]))
}

const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1)

/** `type/transport` of each `a=candidate` line. */
export function countCandidates(sdp: string): { counts: Map<string, number>; hidden: number } {
  const counts = new Map<string, number>()
  let hidden = 0
  for (const line of sdp.split(/\r?\n/)) {
    const match = /^a=candidate:\S+ \d+ (\S+) \d+ (\S+) \d+ typ (\S+)/i.exec(line)
    if (!match) continue
    const [, transport = '', address = '', type = ''] = match
    if (address.endsWith('.local')) hidden += 1
    add(counts, `${type}/${transport.toLowerCase()}`)
  }
  return { counts, hidden }
}

type StatsEntry = { type: string; state?: string; dtlsState?: string }

export async function inspectPath(connection: RTCPeerConnection): Promise<PathReport> {
  const local = countCandidates(connection.localDescription?.sdp ?? '')
  const remote = countCandidates(connection.remoteDescription?.sdp ?? '')
  const pairs = new Map<string, number>()
  const dtlsStates: string[] = []
  const stats = await connection.getStats()
  stats.forEach((entry: StatsEntry) => {
    if (entry.type === 'candidate-pair') add(pairs, entry.state ?? 'unknown')
    if (entry.type === 'transport' && entry.dtlsState) dtlsStates.push(entry.dtlsState)
  })
  return {
    local: local.counts,
    remote: remote.counts,
    pairs,
    iceState: connection.iceConnectionState,
    dtlsStates,
    hidden: local.hidden,
    servers: serversOf(connection),
  }
}

const list = (counts: Map<string, number>) =>
  counts.size === 0 ? 'none' : [...counts].map(([key, count]) => `${count} ${key}`).join(', ')

function adviceFor({ local, remote, pairs, servers }: PathReport): string {
  const hasCandidate = (type: string) => [...local.keys()].some((key) => key.startsWith(type))
  if ((pairs.get('succeeded') ?? 0) > 0) {
    return 'The path was found and lost again: the network changed, or the server ended the connection.'
  }
  if (remote.size === 0) return 'The server named no address at all.'
  if (hasCandidate('relay')) {
    return 'Neither a direct path nor the relay worked: check the TURN server and the UDP port of the server.'
  }
  const blocked =
    'UDP between this browser and the server is blocked, or the server announces a wrong address: open its UDP port'
  return [...servers.keys()].some((url) => url.startsWith('turn'))
    ? `${blocked}, or check the TURN server, which gave this browser no address.`
    : `${blocked}, or offer a TURN server.`
}

/** One sentence for each thing tried, and what to do about it. */
export function describePath(report: PathReport): string {
  const { local, remote, pairs, iceState, dtlsStates, hidden, servers } = report
  const hiddenNote = hidden > 0 ? ` (${hidden} hidden behind mDNS names)` : ''
  const asked = [...servers].map(([url, error]) => (error === null ? url : `${url} (${error})`))
  return [
    `No media can pass. Candidates of this browser: ${list(local)}${hiddenNote}; of the server: ${list(remote)}.`,
    `Pairs tried: ${list(pairs)}. ICE is ${iceState}, DTLS is ${dtlsStates.join(' and ') || 'not begun'}. ICE servers: ${asked.join(', ') || 'none'}.`,
    adviceFor(report),
  ].join(' ')
}

/** Why no media passes over `connection`, in words. Never rejects, takes half a second at most. */
export async function diagnose(connection: RTCPeerConnection): Promise<string> {
  const unknown = `No media can pass (ICE is ${connection.iceConnectionState}).`
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<string>((resolve) => (timer = setTimeout(() => resolve(unknown), 500)))
  const told = inspectPath(connection).then(describePath, () => unknown)
  return Promise.race([told, limit]).finally(() => clearTimeout(timer))
}
