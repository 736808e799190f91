/**
 * For every Chromium that tests and benches start: it has no screen and no user, its camera and microphone are fake,
 * and pages that are not looked at run as fast as others. The autoplay policy is up to each.
 */
export const chromiumFlags: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  // A page without media permission reaches a server on loopback only with both of these.
  '--allow-loopback-in-peer-connection',
  '--force-webrtc-ip-handling-policy=default',
]

/** Sound plays without anybody having touched the page. */
export const autoplayFlag = '--autoplay-policy=no-user-gesture-required'
