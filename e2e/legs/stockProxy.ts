import type { BrowserMember } from '../support/BrowserMember.ts'
import type { UdpProxy } from './UdpProxy.ts'

/**
 * Has the stock client send its media to the proxy; to be called before joining. It wants to see candidates of its
 * own in its offers, so they are taken out on the wire only.
 */
export async function useProxyWithStock({ page }: BrowserMember, proxy: UdpProxy): Promise<void> {
  await page.evaluate((port) => {
    const send = WebSocket.prototype.send
    WebSocket.prototype.send = function (data) {
      const text = typeof data === 'string' ? data.replaceAll(/a=candidate:.*?\\r\\n/g, '') : data
      send.call(this, text)
    }
    const original = RTCPeerConnection.prototype.setRemoteDescription
    RTCPeerConnection.prototype.setRemoteDescription = function (
      this: RTCPeerConnection,
      description: RTCSessionDescriptionInit,
    ) {
      const sdp = description.sdp?.replace(/^(a=candidate:\S+ \d+ \S+ \d+ \S+) \d+/gm, `$1 ${port}`)
      return Reflect.apply(original, this, [{ type: description.type, sdp }]) as Promise<void>
    } as typeof original
  }, proxy.port)
}
