import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { freePort } from '@roomful/media/testing/freePorts'
import { systemClock } from '../../src/lib/Clock.ts'
import { startTestServer, type TestServer } from '../support/startTestServer.ts'
import { waitFor } from '../support/waitFor.ts'
import { root, stepsOf, type Block, type Step } from './markdown.ts'
import { Shell } from './Shell.ts'
import { actualText, differences, matches, type Known } from './shape.ts'

/** The port that pages name the server by. */
const serverPort = 8080
/** For what takes a moment to come true. */
const patienceMs = 15_000

export type RunOptions = {
  /** Called with what came out where an `output` block begins. */
  onOutput?: (line: number, language: string, output: string) => void
}

/** Runs what a page has its reader run, against a server that has just started. Gives what did not come out as told. */
export async function runPage(markdown: string, { onOutput = () => {} }: RunOptions = {}): Promise<string[]> {
  // As a reader's: with real time, and leave to call a program on this machine.
  await using test = await startTestServer({ clock: systemClock, allowedHosts: ['localhost', '127.0.0.1'] })
  const directory = mkdtempSync(join(tmpdir(), 'roomful-docs-'))
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
  symlinkSync(join(root, 'roomful'), join(directory, 'roomful'))
  mkdirSync(join(directory, 'home'))
  const shell = new Shell(directory, {
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    HOME: join(directory, 'home'),
    ROOMFUL_DATA_DIR: test.server.config.dataDir,
  })
  const reader = new Reader(test, directory, shell, onOutput)
  try {
    const steps = stepsOf(markdown)
    await reader.takePorts(steps)
    for (const step of steps) {
      try {
        if (step.kind === 'word') await reader.hear(step.text)
        else await reader.follow(step)
      } catch (error) {
        reader.faults.push(`line ${step.line}: ${(error as Error).message}`)
        break
      }
    }
    return reader.faults
  } finally {
    await shell.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** A page's text with other ports of this machine in it. */
export function withPorts(text: string, ports: ReadonlyMap<number, number>): string {
  return [...ports].reduce(
    (ready, [from, to]) =>
      ready.replace(new RegExp(String.raw`(localhost:|127\.0\.0\.1:|listen\()${from}\b`, 'g'), `$1${to}`),
    text,
  )
}

/** Somebody who does what a page says, to the letter. */
class Reader {
  readonly faults: string[] = []
  readonly #test: TestServer
  readonly #directory: string
  readonly #shell: Shell
  readonly #onOutput: NonNullable<RunOptions['onOutput']>
  readonly #known: Known = new Map()
  /** Ports of the page, and free ones in their place. */
  readonly #ports = new Map<number, number>()
  #output: string | undefined
  #script = ''
  #isRepeated = false

  constructor(
    test: TestServer,
    directory: string,
    shell: Shell,
    onOutput: NonNullable<RunOptions['onOutput']>,
  ) {
    this.#onOutput = onOutput
    this.#test = test
    this.#directory = directory
    this.#shell = shell
    this.#ports.set(serverPort, test.server.port)
  }

  /** A free port for each that the page serves something on. */
  async takePorts(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      const port = step.kind === 'block' ? step.flags.get('serve') : undefined
      if (port !== undefined) this.#ports.set(Number(port), await freePort())
    }
  }

  async follow({ line, language, flags, text }: Block): Promise<void> {
    const ready = this.#translate(text)
    const file = flags.get('file') ?? (language === 'js' ? `line-${line}.mjs` : undefined)
    if (file !== undefined) writeFileSync(join(this.#directory, file), ready)
    if (flags.has('serve'))
      await this.#serve(language === 'js' ? `node ${file}` : ready.trim(), Number(flags.get('serve')))
    if (flags.has('run')) {
      this.#script = language === 'js' ? `node ${file}` : ready
      this.#isRepeated = flags.get('run') === 'until'
      this.#output = await this.#shell.run(this.#script)
    }
    if (flags.has('output')) await this.#compare(line, language, text)
  }

  /** `Ada joins standup`: what the page only says. */
  async hear(text: string): Promise<void> {
    const [, name, room] = /^(\w+) joins (\w+)$/.exec(text) ?? []
    if (name === undefined || room === undefined) throw new Error(`Nobody knows how to do "${text}"`)
    await this.#test.join({ r: room, u: name })
  }

  #translate(text: string): string {
    return withPorts(actualText(text, this.#known), this.#ports)
  }

  /** Leaves a program running whose start is the last line. */
  async #serve(script: string, port: number): Promise<void> {
    await this.#shell.run(`${script} >serve-${port}.log 2>&1 &`)
    await waitFor(() => listens(this.#ports.get(port)!), `${script} to listen`, 20_000)
  }

  /** `run=until`: what is told may take a moment to come true. */
  async #compare(line: number, language: string, sample: string): Promise<void> {
    const deadlineMs = Date.now() + patienceMs
    let wrong = this.#faultsOf(line, language, sample)
    while (wrong.length > 0 && this.#isRepeated && Date.now() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      this.#output = await this.#shell.run(this.#script)
      wrong = this.#faultsOf(line, language, sample)
    }
    this.faults.push(...wrong.map((fault) => `line ${line}: ${fault}`))
  }

  #faultsOf(line: number, language: string, sample: string): string[] {
    const output = this.#output
    if (output === undefined) throw new Error('There is nothing that it could be the output of')
    this.#onOutput(line, language, output)
    if (sample.trim() === '?') throw new Error('The output is still to be written: see fill.ts')
    if (language === 'json') {
      const known: Known = new Map(this.#known)
      const wrong = differences(JSON.parse(withPorts(sample, this.#ports)), JSON.parse(output), known)
      if (wrong.length === 0) for (const [id, actual] of known) this.#known.set(id, actual)
      return wrong
    }
    if (matches(this.#translate(sample).trim(), output)) return []
    return [`${sample.trim()}\nis said to come out, and this does:\n${output}`]
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, 'localhost')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
