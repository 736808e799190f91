import type { Socket } from 'node:net'
import { MediaError } from '../../../MediaError.ts'
import { Deferred } from '../../Deferred.ts'
import type { MediaFormat, PlacedUnit } from '../../mediaUnits.ts'
import { audioConfigTag, mediaTag, metadataTag, videoConfigTag } from './flv.ts'
import { describeStatus, RtmpConnection } from './RtmpConnection.ts'
import type { RtmpTarget } from './rtmpUrl.ts'

export type RtmpPublisherOptions = {
  /** Connected, over TLS if the URL says so. */
  socket: Socket
  /** `host:port`, for messages. */
  authority: string
  target: RtmpTarget
  /** Rejects with what is known of the cause if the server has not agreed by then. */
  timeoutMs: number
  /** Once, when the server ends it or takes nothing any more. `error` never holds the key. */
  onClosed(error: MediaError): void
}

/** A server that takes nothing for so long is gone. */
const stalledAfterMs = 10_000

/** Publishes one stream to an RTMP server. */
export class RtmpPublisher {
  readonly #connection: RtmpConnection
  readonly #options: RtmpPublisherOptions
  readonly #published = new Deferred<void>()
  #streamId = 0
  #watchdog: NodeJS.Timeout | undefined
  #isPublishing = false
  #sentBytes = 0
  #progressAtMs = 0

  /** Resolves once the server takes the stream; takes over the socket whatever happens. */
  static async publish(options: RtmpPublisherOptions): Promise<RtmpPublisher> {
    const publisher = new RtmpPublisher(options)
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const message = `The stream's server ${options.authority}: it did not agree within ${options.timeoutMs / 1000} s`
        reject(new MediaError('output_failed', message))
      }, options.timeoutMs)
    })
    try {
      await Promise.race([publisher.#open(), timeout])
    } catch (error) {
      publisher.#connection.close()
      throw publisher.#withoutKey(error as MediaError)
    } finally {
      clearTimeout(timer)
    }
    return publisher
  }

  private constructor(options: RtmpPublisherOptions) {
    this.#options = options
    this.#connection = new RtmpConnection({
      socket: options.socket,
      authority: options.authority,
      onStatus: (level, code, description) => this.#onStatus(level, code, description),
      onClosed: (error) => this.#onClosed(error),
    })
  }

  /** Bytes that wait for the server. */
  get queuedBytes(): number {
    return this.#connection.queuedBytes
  }

  get sentBytes(): number {
    return this.#connection.sentBytes
  }

  /** Before the first unit. */
  sendFormat(format: MediaFormat): void {
    this.#connection.sendMedia('data', this.#streamId, 0, metadataTag(format))
    this.#connection.sendMedia('video', this.#streamId, 0, videoConfigTag(format))
    this.#connection.sendMedia('audio', this.#streamId, 0, audioConfigTag(format))
  }

  send({ unit, timeMs }: PlacedUnit): void {
    this.#connection.sendMedia(unit.kind, this.#streamId, timeMs, mediaTag(unit))
  }

  /** Says good-bye; `onClosed` does not follow. */
  close(): void {
    clearInterval(this.#watchdog)
    const { key } = this.#options.target
    this.#connection.tell(0, 'FCUnpublish', null, key)
    this.#connection.tell(0, 'deleteStream', null, this.#streamId)
    this.#connection.close()
  }

  async #open(): Promise<void> {
    const { app, tcUrl, key } = this.#options.target
    await this.#connection.shakeHands()
    await this.#connection.call('connect', {
      app,
      type: 'nonprivate',
      flashVer: 'FMLE/3.0 (compatible; Roomful)',
      tcUrl,
    })
    // Old servers want these two before a stream; others ignore them.
    this.#connection.tell(0, 'releaseStream', null, key)
    this.#connection.tell(0, 'FCPublish', null, key)
    const result = await this.#connection.call('createStream', null)
    this.#streamId = result.find((value) => typeof value === 'number') ?? 1
    this.#connection.tell(this.#streamId, 'publish', null, key, 'live')
    await this.#published.promise
    this.#isPublishing = true
    this.#progressAtMs = performance.now()
    this.#watchdog = setInterval(() => this.#watch(), 1000)
  }

  #onStatus(level: string, code: string, description: string): void {
    if (code === 'NetStream.Publish.Start') this.#published.resolve()
    else if (level === 'error') this.#connection.fail(`it refused: ${describeStatus({ code, description })}`)
    else if (code === 'NetStream.Unpublish.Success') this.#connection.fail('it ended the stream')
  }

  #onClosed(error: MediaError): void {
    clearInterval(this.#watchdog)
    if (this.#isPublishing) this.#options.onClosed(this.#withoutKey(error))
    else this.#published.reject(error)
  }

  #watch(): void {
    const { sentBytes, queuedBytes } = this.#connection
    if (sentBytes !== this.#sentBytes || queuedBytes === 0) {
      this.#sentBytes = sentBytes
      this.#progressAtMs = performance.now()
    } else if (performance.now() - this.#progressAtMs >= stalledAfterMs) {
      this.#connection.fail(`it has taken nothing for ${stalledAfterMs / 1000} s`)
    }
  }

  /** Servers repeat the name of the stream in what they say. */
  #withoutKey(error: MediaError): MediaError {
    const { key } = this.#options.target
    const names = [key, key.split('?')[0] ?? '', decodeLoosely(key)].filter((name) => name.length > 2)
    const message = names.reduce((text, name) => text.replaceAll(name, '…'), error.message)
    return message === error.message ? error : new MediaError(error.code, message)
  }
}

function decodeLoosely(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
