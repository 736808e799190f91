export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/** An offer as short as one may be. `browser` stands for the peer connection that made it. */
export function makeOffer(
  browser: string,
  { audio = 'sendrecv', video = 'sendrecv' }: { audio?: Direction | null; video?: Direction | null } = {},
): string {
  const hex = Buffer.from(browser.padEnd(32, '.').slice(0, 32)).toString('hex').toUpperCase()
  const fingerprint = hex.match(/../g)?.join(':')
  const section = (kind: string, payload: string, direction: Direction | null): string[] =>
    direction === null
      ? []
      : [
          `m=${kind} 9 UDP/TLS/RTP/SAVPF ${payload.split(' ')[0]}`,
          'c=IN IP4 0.0.0.0',
          'a=ice-ufrag:abcd',
          'a=ice-pwd:abcdefghijklmnopqrstuvwx',
          `a=fingerprint:sha-256 ${fingerprint}`,
          'a=setup:actpass',
          `a=mid:${kind}`,
          `a=${direction}`,
          'a=rtcp-mux',
          `a=rtpmap:${payload}`,
        ]
  const lines = ['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0']
  lines.push(...section('audio', '111 opus/48000/2', audio), ...section('video', '96 VP8/90000', video))
  return `${lines.join('\r\n')}\r\n`
}
