import { BlockList, isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { isLoopback } from '../../config/index.ts'
import { ok, warn, type Check, type Finding } from './Finding.ts'

const privateAddresses = new BlockList()
privateAddresses.addSubnet('10.0.0.0', 8)
privateAddresses.addSubnet('172.16.0.0', 12)
privateAddresses.addSubnet('192.168.0.0', 16)
privateAddresses.addSubnet('100.64.0.0', 10)
privateAddresses.addSubnet('169.254.0.0', 16)
privateAddresses.addSubnet('fc00::', 7, 'ipv6')
privateAddresses.addSubnet('fe80::', 10, 'ipv6')

/** Whether browsers can find the server, and its media. */
export const checkAddress: Check = (config) => {
  const findings: Finding[] = []
  if (isLoopback(config.host) && config.publicUrl === undefined) {
    return Promise.resolve([ok(`Only this machine is served: HOST is ${config.host}`)])
  }
  const { publicUrl } = config
  if (publicUrl === undefined) {
    findings.push(
      warn(
        'ROOMFUL_PUBLIC_URL is not set: room tokens lead browsers to an address that was guessed',
        'Set ROOMFUL_PUBLIC_URL to the URL by which browsers reach this server.',
      ),
    )
  } else if (publicUrl.startsWith('http:') && !isLocalName(new URL(publicUrl).hostname)) {
    findings.push(
      warn(
        `${publicUrl} is not https: browsers give camera and microphone to pages with TLS only`,
        'Put a proxy with TLS in front, or set ROOMFUL_TLS_CERT and ROOMFUL_TLS_KEY, and begin ROOMFUL_PUBLIC_URL with https://.',
      ),
    )
  } else {
    findings.push(ok(`Browsers reach the server at ${publicUrl}`))
  }
  findings.push(mediaAddress(config.announcedIp))
  return Promise.resolve(findings)
}

function mediaAddress(announcedIp: string | undefined): Finding {
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address)
  if (announcedIp !== undefined) {
    if (own.includes(announcedIp))
      return ok(`Media is announced at ${announcedIp}, an address of this machine`)
    return ok(
      `Media is announced at ${announcedIp}, which is not an address of this machine: whatever has it must pass the UDP ports on`,
    )
  }
  if (own.some((address) => !isPrivate(address)))
    return ok('Media is announced at an address of the internet')
  return warn(
    `This machine has private addresses only (${own.join(', ') || 'none'}), and browsers elsewhere cannot reach those`,
    'Set ROOMFUL_ANNOUNCED_IP to the address that browsers reach, and have its UDP ports passed on to this machine.',
  )
}

const isPrivate = (address: string): boolean =>
  privateAddresses.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

const isLocalName = (name: string): boolean =>
  name === 'localhost' || isLoopback(name.replace(/^\[|\]$/g, ''))
