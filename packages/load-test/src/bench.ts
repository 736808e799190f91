import { loadavg } from 'node:os'
import { measurePlayback } from '@roomful/media/players/bench/playback'
import { silenceCodecs } from '@roomful/media/video/codecs'
import { measureAudience } from './bench/audience.ts'
import { measureBrowserJoins } from './bench/browserJoins.ts'
import { BenchBrowser, findChromium } from './bench/chromium.ts'
import { Closers } from './bench/Closers.ts'
import { canvas, measureCores } from './bench/cores.ts'
import { measureGlassToGlass } from './bench/glassToGlass.ts'
import { measureJoins } from './bench/joins.ts'
import { measureOutputs } from './bench/outputs.ts'
import { parseOptions, usage, type BenchOptions } from './bench/options.ts'
import { describeMachine, report, type Results } from './bench/report.ts'
import { measureRequests } from './bench/requests.ts'
import { ServerUnderTest } from './bench/ServerUnderTest.ts'
import { cameraClip } from './clip.ts'
import { MemberHost } from './MemberHost.ts'

const memberProcesses = 2
/** Beyond this something hangs: the whole takes about nine minutes. */
const totalTimeoutMs = 1_200_000

const closers = new Closers()

async function main(): Promise<number> {
  if (process.platform !== 'linux') {
    console.error('The bench reads CPU times from /proc: it runs on Linux only.')
    return 1
  }
  let options: BenchOptions
  try {
    options = parseOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return 1
  }
  if (options.help) {
    console.log(usage)
    return 0
  }
  const startMs = performance.now()
  const machine = describeMachine()
  log(`${machine}; load average at the start ${loadText()}`)
  const results = await measure(options)
  const seconds = Math.round((performance.now() - startMs) / 1000)
  const lines = [`Machine: ${machine}. Load average afterwards: ${loadText()}.`, `It took ${seconds} s.`]
  console.log(`${report(results, options.markdown)}\n\n${lines.join('\n')}`)
  return 0
}

async function measure(options: BenchOptions): Promise<Results> {
  const has = (section: BenchOptions['only'][number]): boolean => options.only.includes(section)
  silenceCodecs()
  const clip = cameraClip()
  const server = await closers.add(ServerUnderTest.start())
  const hosts: MemberHost[] = []
  for (let number = 0; number < memberProcesses; number++)
    hosts.push(await closers.add(MemberHost.start(clip)))

  const results: Results = {}
  if (has('cores')) {
    const { sizes, rounds, roundMs, speakers } = options
    const given = speakers === undefined ? {} : { speakers }
    results.cores = await measureCores({ server, hosts, clip, sizes, rounds, roundMs, log, ...given })
  }
  if (has('audience')) {
    const { audience: sizes, roundMs } = options
    results.audience = await measureAudience({ server, hosts, clip, sizes, roundMs, log })
  }
  if (has('outputs')) {
    const { rounds, roundMs } = options
    results.outputs = await measureOutputs({ clip, canvas, rounds, roundMs: 0.6 * roundMs, log })
    results.playback = await measurePlayback({ canvas, rounds, roundMs: 0.6 * roundMs, log })
  }
  if (has('requests'))
    results.requests = await measureRequests({ server, hosts, durationMs: options.requestsMs, log })
  if (has('joins')) {
    log(`${options.simulatedJoins} joins of simulated members`)
    results.simulatedJoins = await measureJoins(server, hosts, options.simulatedJoins)
  }
  if (!has('joins') && !has('delay')) return results

  const chromium = findChromium()
  if (chromium === undefined) {
    log('no Chromium was found (install it, or set CHROME_PATH): its joins and delays are left out')
    return results
  }
  const browser = await closers.add(BenchBrowser.launch(chromium, server))
  log(`Chromium ${browser.version}`)
  if (has('joins')) {
    log(`${options.browserJoins} joins of pages`)
    results.browserJoins = await measureBrowserJoins(server, hosts, browser, options.browserJoins)
  }
  if (has('delay')) {
    log('glass to glass')
    results.glassToGlass = await measureGlassToGlass(server, hosts, browser, options.delayMs)
  }
  return results
}

/** Progress goes to standard error: standard output holds the tables alone. */
function log(line: string): void {
  process.stderr.write(`· ${line}\n`)
}

function loadText(): string {
  return (loadavg()[0] ?? 0).toFixed(1)
}

let ending = false
async function end(code: number): Promise<void> {
  if (ending) return
  ending = true
  await closers.closeAll()
  process.exit(code)
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => void end(code))
}
// The one who started us is gone: nobody reads the tables any more.
process.once('disconnect', () => void end(1))
setTimeout(() => {
  log(`not done after ${totalTimeoutMs / 1000} s: given up`)
  void end(1)
}, totalTimeoutMs).unref()

main().then(end, (error: unknown) => {
  if (!ending) console.error(error)
  return end(1)
})
