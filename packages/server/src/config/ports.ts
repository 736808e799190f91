import { ConfigError } from './ConfigError.ts'

export type MediaPorts = {
  rtcPort: number
  relayPort: number | undefined
  announcedPort: number | undefined
  announcedIp: string | undefined
  mediaProcesses: number
}

/** The first port for browsers behind a TURN relay: by default, those after the media ports. */
export function relayPortOf({
  relayPort,
  rtcPort,
  mediaProcesses,
}: Pick<MediaPorts, 'relayPort' | 'rtcPort' | 'mediaProcesses'>): number {
  return relayPort ?? rtcPort + mediaProcesses
}

/** @throws ConfigError for ports that do not exist or that would be used twice. */
export function checkMediaPorts(ports: MediaPorts): void {
  const { rtcPort, announcedPort, announcedIp, mediaProcesses } = ports
  const relayPort = relayPortOf(ports)
  const check = (name: string, firstPort: number): void => {
    const last = firstPort + mediaProcesses - 1
    if (firstPort >= 1 && last <= 65_535) return
    throw new ConfigError(
      `${name} leads to ports from ${firstPort} to ${last}, beyond 1 to 65535: each of the ${mediaProcesses} ` +
        'media processes takes one port for media and one for relayed media',
    )
  }
  check('ROOMFUL_RTC_PORT', rtcPort)
  check(ports.relayPort === undefined ? 'ROOMFUL_RTC_PORT' : 'ROOMFUL_RELAY_PORT', relayPort)
  if (Math.abs(relayPort - rtcPort) < mediaProcesses) {
    throw new ConfigError(
      `ROOMFUL_RELAY_PORT must be at least ${mediaProcesses} away from ROOMFUL_RTC_PORT, ` +
        'because each media process takes one port of both',
    )
  }
  if (announcedPort === undefined) return
  if (announcedIp === undefined) {
    throw new ConfigError('ROOMFUL_ANNOUNCED_IP must be set with ROOMFUL_ANNOUNCED_PORT')
  }
  check('ROOMFUL_ANNOUNCED_PORT', announcedPort)
  check('ROOMFUL_ANNOUNCED_PORT', announcedPort + relayPort - rtcPort)
}
