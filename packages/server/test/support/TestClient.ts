import { randomUUID } from 'node:crypto'
import type { ConnectResult, RoomSubscribedEvent } from '@roomful/protocol'
import { WebSocket } from 'ws'
import { makeOffer } from './offer.ts'
import { waitFor } from './waitFor.ts'

// Frames are looked at from outside, as a foreign client sees them: untyped on purpose.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Frame = Record<string, any>
export type EventParams = { event_type: string; params: Frame }

export const stockAgent = '@signalwire/js/browser/3.30.0'

/** A client of the signalling that behaves as the stock one does, without media. */
export class TestClient {
  readonly socket: WebSocket
  /** Every frame that came, in order. */
  readonly frames: Frame[] = []
  /** What stands in the log for each frame: `result`, `error`, or the event's type, or the Verto method. */
  readonly log: string[] = []
  closeCode: number | null = null
  /** False: the client neither acknowledges nor answers anything. */
  responsive = true
  /** Acts on `verto.bye` as the stock client does: replies, then closes its socket. */
  closesAfterBye = false
  protocol = ''
  authorizationState = ''
  memberId = ''
  callId = ''
  #nextId = 1
  #taken = new Set<Frame>()

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data) => this.#receive(JSON.parse(data.toString()) as Frame))
    socket.on('close', (code) => (this.closeCode = code))
    socket.on('error', () => {})
  }

  static async open(url: string): Promise<TestClient> {
    const client = new TestClient(new WebSocket(url))
    await waitFor(() => client.socket.readyState !== WebSocket.CONNECTING, 'the socket to open')
    return client
  }

  /** Opens, connects and joins. */
  static async join(url: string, token: string, options: JoinOptions = {}): Promise<TestClient> {
    const client = await TestClient.open(url)
    await client.connect(token, options)
    await client.joinRoom(options)
    return client
  }

  sendText(text: string): void {
    this.socket.send(text)
  }

  /** The whole reply frame. */
  async request(method: string, params: Frame = {}, timeoutMs?: number): Promise<Frame> {
    const id = `c${this.#nextId++}`
    this.sendText(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    return waitFor(
      () => this.frames.find((frame) => frame['id'] === id && !('method' in frame)),
      `a reply to ${method}`,
      timeoutMs,
    )
  }

  async connect(
    token: string,
    { agent = stockAgent, resumes }: { agent?: string; resumes?: TestClient } = {},
  ): Promise<ConnectResult> {
    const reply = await this.request('signalwire.connect', {
      version: { major: 3, minor: 0, revision: 0 },
      event_acks: true,
      agent,
      authentication: { jwt_token: token },
      ...(resumes && { protocol: resumes.protocol, authorization_state: resumes.authorizationState }),
    })
    if (reply['error']) throw new Error(JSON.stringify(reply['error']))
    const result = reply['result'] as ConnectResult
    this.protocol = result.protocol
    await waitFor(() => this.authorizationState !== '', 'the authorization state')
    return result
  }

  /** A Verto request; gives what is in the inner `result`, throws every kind of refusal. */
  async verto(method: string, params: Frame, outer: Frame = {}): Promise<Frame> {
    const message = { jsonrpc: '2.0', id: randomUUID(), method, params }
    const reply = await this.request('video.message', { ...outer, message })
    const result = reply['result'] as Frame | undefined
    if (result?.['result']?.result === undefined) throw new VertoRefusal(reply)
    return result['result'].result as Frame
  }

  async invite(callId: string, sdp: string, dialogParams: Frame = {}, params: Frame = {}): Promise<Frame> {
    return this.verto(
      'verto.invite',
      { dialogParams: { callID: callId, ...dialogParams }, sdp, ...params },
      { callID: callId },
    )
  }

  /** Invites and waits for the confirmation that `join()` waits for. */
  async joinRoom({
    callId = randomUUID(),
    sdp = makeOffer(callId),
  }: JoinOptions = {}): Promise<RoomSubscribedEvent> {
    await this.invite(callId, sdp)
    const { params } = await this.event('video.room.subscribed', ({ call_id }) => call_id === callId)
    this.memberId = params['member_id'] as string
    this.callId = callId
    return params as RoomSubscribedEvent
  }

  /** A screen or, with `device`, a further device: its call id and member id. */
  async share({ device = false, callId = randomUUID(), sdp, ...params }: ShareOptions = {}): Promise<{
    callId: string
    memberId: string
  }> {
    const offer = sdp ?? makeOffer(callId, { audio: 'sendonly', video: 'sendonly' })
    const userVariables = { memberCallId: this.callId, memberId: this.memberId }
    const dialogParams = { screenShare: !device, additionalDevice: device, userVariables }
    const { memberID } = await this.invite(callId, offer, dialogParams, params)
    await this.event('video.member.joined', ({ member }) => member.id === memberID)
    return { callId, memberId: memberID as string }
  }

  /** The first event of this type that no test step has taken yet; waits for it. */
  async event(type: string, matches: (params: Frame) => boolean = () => true): Promise<EventParams> {
    const frame = await waitFor(
      () =>
        this.frames.find(
          (candidate) =>
            !this.#taken.has(candidate) &&
            candidate['params']?.event_type === type &&
            matches(candidate['params'].params as Frame),
        ),
      `${type} (so far: ${this.log.join(', ')})`,
    )
    this.#taken.add(frame)
    return frame['params'] as EventParams
  }

  async vertoMessage(method: string): Promise<Frame> {
    const { params } = await this.event('webrtc.message', (message) => message['method'] === method)
    return params['params'] as Frame
  }

  /** Returns once the server has read everything that was sent before, and what it sent has been read here. */
  async roundTrip(): Promise<void> {
    const id = `c${this.#nextId++}`
    // Refused at once, before any queue: a method must be a string.
    this.sendText(JSON.stringify({ jsonrpc: '2.0', id, method: 0 }))
    await waitFor(
      () => this.closeCode !== null || this.frames.some((frame) => frame['id'] === id),
      'a frame to come back',
    )
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN
  }

  count(entry: string): number {
    return this.log.filter((logged) => logged === entry).length
  }

  async closed(): Promise<number> {
    await waitFor(() => this.closeCode !== null, 'the socket to close')
    return this.closeCode as number
  }

  /** As the operating system does it for a killed browser: no closing handshake. */
  kill(): void {
    this.socket.terminate()
  }

  close(): void {
    this.socket.close()
  }

  #receive(frame: Frame): void {
    this.frames.push(frame)
    this.log.push(describe(frame))
    if (frame['method'] === undefined || !this.responsive) return
    if (frame['method'] === 'signalwire.ping') {
      this.#reply(frame['id'], { timestamp: frame['params'].timestamp })
      return
    }
    this.#reply(frame['id'], {})
    const { event_type: type, params } = frame['params'] as EventParams
    if (type === 'signalwire.authorization.state') this.authorizationState = params['authorization_state']
    if (type === 'webrtc.message') void this.#onVerto(params)
  }

  async #onVerto(message: Frame): Promise<void> {
    const reply = { jsonrpc: '2.0', id: message['id'], result: { method: message['method'] } }
    await this.request('video.message', { message: reply }).catch(() => {})
    if (message['method'] === 'verto.bye' && this.closesAfterBye) this.socket.close()
  }

  #reply(id: unknown, result: Frame): void {
    if (this.socket.readyState === WebSocket.OPEN)
      this.sendText(JSON.stringify({ jsonrpc: '2.0', id, result }))
  }
}

export type ShareOptions = {
  device?: boolean
  callId?: string
  sdp?: string
  layout?: string
  positions?: Frame
}
export type JoinOptions = { agent?: string; callId?: string; sdp?: string; resumes?: TestClient }

/** A refused Verto request; `code` is where the stock client finds it. */
export class VertoRefusal extends Error {
  readonly code: string | number
  readonly reply: Frame

  constructor(reply: Frame) {
    const body = (reply['error'] ?? reply['result']?.result?.error ?? reply['result']) as Frame
    super(String(body['message']))
    this.code = body['code'] as string | number
    this.reply = reply
  }
}

function describe(frame: Frame): string {
  if (frame['method'] === undefined) return 'error' in frame ? 'error' : 'result'
  if (frame['method'] !== 'signalwire.event') return frame['method'] as string
  const { event_type: type, params } = frame['params'] as EventParams
  return type === 'webrtc.message' ? (params['method'] as string) : type
}
