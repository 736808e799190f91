import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { fail, ok, reasonOf, type Check } from './Finding.ts'

const timeoutMs = 20_000

/** Whether the native libraries load on this machine, and have every codec. In a process of their own. */
export const checkCodecs: Check = async () => {
  const script = createRequire(import.meta.url).resolve('@roomful/media/codecCheck')
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: timeoutMs })
    const { missing } = JSON.parse(stdout) as { missing: string[] }
    if (missing.length === 0) return [ok('The codecs are there: VP8, H.264, Opus, AAC; and WebRTC')]
    return [fail(`Codecs are missing: ${missing.join(', ')}`, 'Run `npm ci` again in the folder of Roomful.')]
  } catch (error) {
    const [reason] = reasonOf(error).split('\n').slice(-3)
    return [
      fail(
        `The media libraries do not load: ${reason}`,
        'Roomful needs Linux with glibc 2.28 or newer, on x64 or arm64. Run `npm ci` again in its folder.',
      ),
    ]
  }
}
