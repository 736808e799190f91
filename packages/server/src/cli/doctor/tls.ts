import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { fail, ok, reasonOf, warn, type Check, type Finding } from './Finding.ts'

const soonMs = 14 * 24 * 3600 * 1000

/** Whether the certificate and its key are good, and for the name that browsers use. */
export const checkTls: Check = async ({ tls, publicUrl }) => {
  if (tls === undefined) return []
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(await readFile(tls.certPath))
    const key = createPrivateKey(await readFile(tls.keyPath))
    if (!certificate.checkPrivateKey(key)) {
      return [
        fail(
          `The key in ${tls.keyPath} is not the one of the certificate in ${tls.certPath}`,
          'Set ROOMFUL_TLS_CERT and ROOMFUL_TLS_KEY to the two files of one certificate.',
        ),
      ]
    }
  } catch (error) {
    return [
      fail(
        `The TLS files cannot be used: ${reasonOf(error)}`,
        'ROOMFUL_TLS_CERT and ROOMFUL_TLS_KEY must be PEM files that the user who runs Roomful can read.',
      ),
    ]
  }
  const findings: Finding[] = []
  const untilMs = Date.parse(certificate.validTo)
  const renew = 'Renew it; Roomful takes up a new file within a minute, without a restart.'
  if (untilMs < Date.now()) findings.push(fail(`The certificate ended on ${certificate.validTo}`, renew))
  else if (untilMs - Date.now() < soonMs)
    findings.push(warn(`The certificate ends on ${certificate.validTo}`, renew))
  else findings.push(ok(`The certificate is good until ${certificate.validTo}`))
  const name = publicUrl === undefined ? undefined : new URL(publicUrl).hostname
  if (name !== undefined && !isFor(certificate, name)) {
    findings.push(
      fail(
        `The certificate is not for ${name}, the name in ROOMFUL_PUBLIC_URL`,
        `Have one made for ${name}, or correct ROOMFUL_PUBLIC_URL.`,
      ),
    )
  }
  return findings
}

/** `name`: a host name or an IP address, in brackets if it is IPv6. */
function isFor(certificate: X509Certificate, name: string): boolean {
  const address = name.replace(/^\[|\]$/g, '')
  return (isIP(address) ? certificate.checkIP(address) : certificate.checkHost(name)) !== undefined
}
