import { isRoomSessionError, RoomSessionError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { SignalClient } from '../signalling/SignalClient.ts'
import { TypedEmitter } from '../TypedEmitter.ts'

/** Screens and additional devices are calls of their own, beside the one of their owner. */
export type DialogKind = {
  screenShare?: boolean
  additionalDevice?: boolean
  /** Call id and member id of the owner. */
  userVariables?: { memberCallId: string; memberId: string }
}

export type CallEnd = { cause: string; causeCode: number }

export type CallLegEvents = {
  /** The server ended the call. */
  bye: [end: CallEnd]
  /** The server lost the media of the call and asks for a new invite from a new peer connection. */
  attach: []
  /** The server asks for other constraints on what is sent. */
  mediaParams: [params: { audio?: MediaTrackConstraints; video?: MediaTrackConstraints }]
}

export type CallLegOptions = {
  callId: string
  signal: SignalClient
  logger: Logger
  /** Events asked for with each invite. */
  subscribe: readonly string[]
  /** What kind of call it is, read anew for each invite. Default: the main call of a participant. */
  dialog?: () => DialogKind
  /** Sent with the first invite only, e.g. the layout that a shared screen asks for. */
  inviteParams?: Record<string, unknown>
  /** Longest time from an invite to its answer. Default 20,000. */
  setupTimeoutMs?: number
}

type VertoMessage = { id?: unknown; method?: unknown; params?: Record<string, unknown> }
type PendingAnswer = { resolve: (sdp: string) => void; reject: (error: RoomSessionError) => void }

/** One call between the browser and the server: Verto messages in `video.message` requests. */
export class CallLeg extends TypedEmitter<CallLegEvents> {
  readonly callId: string
  readonly #options: CallLegOptions
  #nodeId: string | undefined
  #memberId: string | undefined
  #invitesSent = 0
  #pendingAnswer: PendingAnswer | undefined

  constructor(options: CallLegOptions) {
    super()
    this.callId = options.callId
    this.#options = options
    options.signal.on('event', this.#onEvent)
  }

  /** The member that this call makes, as the server named it in its reply to the invite. */
  get memberId(): string | undefined {
    return this.#memberId
  }

  /**
   * Offers the call, or offers it again (same call, new media). Resolves with the SDP of `verto.answer`;
   * rejects with the server's code if it refuses.
   */
  async invite(sdp: string): Promise<string> {
    const timeoutMs = this.#options.setupTimeoutMs ?? 20_000
    this.cancelInvite()
    let timer: ReturnType<typeof setTimeout> | undefined
    const answer = new Promise<string>((resolve, reject) => {
      this.#pendingAnswer = { resolve, reject }
      timer = setTimeout(() => {
        reject(
          new RoomSessionError(
            'call_setup_timeout',
            `The server did not answer within ${timeoutMs / 1000} s.`,
          ),
        )
      }, timeoutMs)
    })
    const pending = this.#pendingAnswer
    answer.catch(() => undefined) // The request may fail first; then nobody waits for the answer.
    try {
      const extra = this.#invitesSent++ === 0 ? this.#options.inviteParams : undefined
      const request = { sdp, ...extra }
      const accepted = this.#message('verto.invite', request, { subscribe: this.#options.subscribe })
      const [result, answerSdp] = await Promise.all([accepted, answer])
      const memberId = (result as { memberID?: unknown } | undefined)?.memberID
      if (typeof memberId === 'string') this.#memberId = memberId
      return answerSdp
    } finally {
      clearTimeout(timer)
      if (this.#pendingAnswer === pending) this.#pendingAnswer = undefined
    }
  }

  /** Stops waiting for an answer: the offer will not be used. */
  cancelInvite(): void {
    this.#pendingAnswer?.reject(new RoomSessionError('aborted', 'A newer offer took the place of this one.'))
    this.#pendingAnswer = undefined
  }

  /** Offers changed directions or sections of the running call; resolves with the answer's SDP. */
  async modify(sdp: string): Promise<string> {
    const result = await this.#message('verto.modify', { action: 'updateMedia', sdp }, this.#route())
    const answer = (result as { sdp?: unknown } | undefined)?.sdp
    if (typeof answer === 'string') return answer
    throw new RoomSessionError('protocol_error', 'The reply to verto.modify has no SDP.')
  }

  /** Puts the call on hold or takes it up again: meanwhile nothing is heard or seen, either way. */
  async hold(held: boolean): Promise<void> {
    await this.#message('verto.modify', { action: held ? 'hold' : 'unhold' }, this.#route())
  }

  /** Hangs up. Resolves when the server has confirmed it. */
  async bye(end?: CallEnd): Promise<void> {
    const cause = end ? { cause: end.cause, causeCode: String(end.causeCode) } : {}
    await this.#message('verto.bye', cause, this.#route())
  }

  /** Sends DTMF digits. */
  async info(dtmf: string): Promise<void> {
    await this.#message('verto.info', { dtmf }, this.#route())
  }

  /** Stops listening; a waiting invite rejects with `aborted`. */
  close(): void {
    this.#options.signal.off('event', this.#onEvent)
    this.#pendingAnswer?.reject(new RoomSessionError('aborted', 'The call has ended.'))
    this.removeAllListeners()
  }

  readonly #onEvent = (type: string, params: unknown, nodeId: string | undefined) => {
    if (type !== 'webrtc.message') return
    const message = params as VertoMessage | undefined
    if (typeof message?.method !== 'string' || message.params?.callID !== this.callId) return
    if (nodeId) this.#nodeId = nodeId
    this.#onMessage(message.method, message.id, message.params)
  }

  #onMessage(method: string, id: unknown, params: Record<string, unknown>): void {
    switch (method) {
      case 'verto.answer':
      case 'verto.media':
        this.#confirm(id, method)
        if (typeof params.sdp === 'string') this.#pendingAnswer?.resolve(params.sdp)
        break
      case 'verto.bye': {
        this.#confirm(id, method)
        const cause = typeof params.cause === 'string' ? params.cause : 'NORMAL_CLEARING'
        const causeCode = Number(params.causeCode ?? 16)
        const error = callEnded({ cause, causeCode })
        this.#pendingAnswer?.reject(error)
        this.emit('bye', { cause, causeCode })
        break
      }
      case 'verto.attach':
        this.emit('attach')
        break
      case 'verto.ping':
        this.#ignoreFailure(this.#message('verto.pong', params, this.#route()))
        break
      case 'verto.mediaParams':
        if (typeof params.mediaParams === 'object' && params.mediaParams !== null) {
          this.emit('mediaParams', params.mediaParams)
        }
        break
      default:
        this.#options.logger.debug(`A ${method} of the server is ignored.`)
    }
  }

  /** The server waits for a result message, which travels as a request of its own. */
  #confirm(id: unknown, method: string): void {
    const message = { jsonrpc: '2.0', id, result: { method } }
    this.#ignoreFailure(this.#options.signal.request('video.message', { node_id: this.#nodeId, message }))
  }

  #message(method: string, params: object, outer: Record<string, unknown>): Promise<unknown> {
    const message = {
      jsonrpc: '2.0',
      id: crypto.randomUUID(),
      method,
      params: { ...params, dialogParams: this.#dialogParams() },
    }
    return this.#options.signal.request('video.message', { callID: this.callId, ...outer, message })
  }

  #dialogParams(): object {
    return {
      callID: this.callId,
      version: 1000,
      attach: false,
      reattaching: false,
      screenShare: false,
      additionalDevice: false,
      userVariables: {},
      ...this.#options.dialog?.(),
      pingSupported: true,
      remote_caller_id_name: 'Outbound Call',
      remote_caller_id_number: '',
      caller_id_name: '',
      caller_id_number: '',
    }
  }

  #route(): Record<string, unknown> {
    return this.#nodeId ? { node_id: this.#nodeId } : {}
  }

  #ignoreFailure(request: Promise<unknown>): void {
    request.catch((error: unknown) => {
      if (!isRoomSessionError(error, 'aborted')) this.#options.logger.debug('A confirmation failed.', error)
    })
  }
}

/** The error of whatever waited for a call that the server ended. */
export function callEnded(end: CallEnd): RoomSessionError {
  const message = `The server ended the call: ${end.cause} (${end.causeCode}).`
  return new RoomSessionError(String(end.causeCode), message, { cause: end })
}
