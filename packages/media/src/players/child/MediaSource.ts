import type { MediaError } from '../../MediaError.ts'
import { AddressPolicy, HttpGateway, RtmpTunnel } from '../../net/index.ts'
import { allowedDecoders, allowedFormats, playerLimits } from '../limits.ts'

const readTimeoutUs = '12000000'

/** Options of FFmpeg for every URL. */
const commonOptions: Readonly<Record<string, string>> = {
  format_whitelist: allowedFormats,
  codec_whitelist: allowedDecoders.join(','),
  probesize: String(playerLimits.probeBytes),
  analyzeduration: String(playerLimits.probeMs * 1000),
  max_streams: String(playerLimits.maxStreams),
  rw_timeout: readTimeoutUs,
}

/** A URL of a user as FFmpeg gets it: through a gateway that lets it reach only what the policy allows. */
export class MediaSource {
  readonly #gateway: HttpGateway | RtmpTunnel
  /** What FFmpeg opens, and with which options. */
  readonly url: string
  readonly options: Readonly<Record<string, string>>
  /** Its sender decides how fast it comes. */
  readonly isPushed: boolean
  /** `host:port`, for messages. */
  readonly authority: string

  /** @throws MediaError `url_not_allowed` if that can be told without DNS. */
  static async open(url: string, allowedHosts: readonly string[]): Promise<MediaSource> {
    const policy = new AddressPolicy({ allowedHosts })
    const checked = policy.check(url, 'play')
    if (checked.protocol.startsWith('rtmp')) {
      const tunnel = await RtmpTunnel.open({ url, use: 'play', policy })
      const options = { ...tunnel.options, rtmp_live: 'live', protocol_whitelist: 'rtmp,tcp' }
      return new MediaSource(tunnel, checked.authority, tunnel.url, options)
    }
    const gateway = await HttpGateway.open(policy)
    // Playlists do not hand every option on to their parts; the environment reaches all of FFmpeg.
    process.env['http_proxy'] = gateway.proxyUrl
    delete process.env['no_proxy']
    const options = {
      http_proxy: gateway.proxyUrl,
      // Not https: that is the gateway's.
      protocol_whitelist: 'http,tcp,crypto,data',
      reconnect: '1',
      reconnect_delay_max: '2',
      http_persistent: '0',
      // Parts of playlists may be named as they like: FFmpeg judges names to keep them from files of this machine, which
      // the protocols and the gateway do here.
      extension_picky: '0',
      allowed_extensions: 'ALL',
      allowed_segment_extensions: 'ALL',
    }
    return new MediaSource(gateway, checked.authority, gateway.inside(checked.url), options)
  }

  private constructor(
    gateway: HttpGateway | RtmpTunnel,
    authority: string,
    url: string,
    options: Readonly<Record<string, string>>,
  ) {
    this.#gateway = gateway
    this.authority = authority
    this.url = url
    this.options = { ...commonOptions, ...options }
    this.isPushed = gateway instanceof RtmpTunnel
  }

  /** Whether what was opened can be read from any place. */
  get hasRanges(): boolean {
    return this.#gateway instanceof HttpGateway && this.#gateway.hasRanges
  }

  /** What went wrong on the way to the source, if anything: FFmpeg knows it only as an error number. */
  get lastError(): MediaError | null {
    return this.#gateway.lastError
  }
}
