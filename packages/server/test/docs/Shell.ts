import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

const timeoutMs = 30_000
const marker = '--- end of block'

/** One bash that runs the blocks of a page one after another, as a reader's terminal does: variables stay. */
export class Shell {
  readonly #bash: ChildProcess
  #stdout = ''
  #stderr = ''
  #wake: () => void = () => {}

  constructor(directory: string, environment: Record<string, string>) {
    // A process group of its own, so that what a page started goes with it.
    this.#bash = spawn('bash', ['-uo', 'pipefail'], {
      cwd: directory,
      env: environment,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#bash.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
      this.#wake()
    })
    this.#bash.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text))
    this.#bash.once('exit', () => this.#wake())
  }

  /** What the script prints. Rejects if any of its commands fails. */
  async run(script: string): Promise<string> {
    this.#stdout = this.#stderr = ''
    // In an `eval`, so that a block's mistakes end the block, not the shell.
    const quoted = `'${script.replaceAll("'", String.raw`'\''`)}'`
    this.#bash.stdin!.write(
      `trap 'echo "${marker} $?"' ERR; eval ${quoted}; trap - ERR; printf '\\n%s\\n' '${marker} 0'\n`,
    )
    const end = new RegExp(`${marker} (\\d+)\\n`)
    const deadlineMs = Date.now() + timeoutMs
    while (!end.test(this.#stdout)) {
      const leftMs = deadlineMs - Date.now()
      if (this.#bash.exitCode !== null) throw this.#failure('The shell has ended')
      if (leftMs <= 0) throw this.#failure(`It did not end within ${timeoutMs / 1000} s`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    const [, code] = end.exec(this.#stdout)!
    if (code !== '0') throw this.#failure(`It ended with ${code}`)
    return this.#stdout.slice(0, this.#stdout.search(end)).trim()
  }

  async close(): Promise<void> {
    if (this.#bash.exitCode !== null || this.#bash.signalCode !== null) return
    const gone = once(this.#bash, 'exit')
    process.kill(-this.#bash.pid!, 'SIGKILL')
    await gone
  }

  #failure(what: string): Error {
    return new Error(`${what}.\n${this.#stdout}\n${this.#stderr}`)
  }
}
