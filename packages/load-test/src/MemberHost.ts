import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type {
  FromMemberProcess,
  HostedMemberOptions,
  MemberReport,
  ToMemberProcess,
} from './memberMessages.ts'
import type { VideoClip } from './VideoClip.ts'

const startTimeoutMs = 20_000
const joinTimeoutMs = 30_000
const firstFrameTimeoutMs = 20_000
const leaveTimeoutMs = 5000
const reportTimeoutMs = 5000
const stopTimeoutMs = 4000

export type HostedMember = {
  readonly id: number
  /** From the start of the join, socket not yet open, to `room.joined`. */
  readonly joinedMs: number
}

type Waiter = { resolve(value: never): void; reject(error: Error): void; timer: NodeJS.Timeout }

/** A process of its own with simulated members in it. */
export class MemberHost {
  readonly #child: ChildProcess
  readonly #waiters = new Map<string, Waiter>()
  /** First frames nobody has asked for yet. */
  readonly #firstFrames = new Map<number, number>()
  #nextId = 1
  #ended = false

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (message) => this.#receive(message as FromMemberProcess))
    child.on('error', (error) => this.#end(error.message))
    child.once('exit', (code, signal) => this.#end(signal ?? `exit code ${code}`))
  }

  /** `clip`: what its members send as their picture. */
  static async start(clip: VideoClip): Promise<MemberHost> {
    const entry = fileURLToPath(new URL('./memberProcess.ts', import.meta.url))
    // Without the arguments of this process: a profiler's flags are meant for one process only.
    const child = fork(entry, {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const host = new MemberHost(child)
    try {
      await host.#wait('ready', 'the start of a process of simulated members', startTimeoutMs)
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    }
    host.#send({ type: 'clip', frames: [...clip.frames], fps: clip.fps })
    return host
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Resolves when the member is in the room; its media may still be connecting. */
  async join(options: HostedMemberOptions): Promise<HostedMember> {
    const id = this.#nextId++
    this.#send({ type: 'join', id, options })
    return { id, joinedMs: await this.#wait<number>(`join ${id}`, `${options.name} to join`, joinTimeoutMs) }
  }

  /** From the start of the join to the first whole frame of the composite, in milliseconds. */
  async firstFrame({ id }: HostedMember): Promise<number> {
    const known = this.#firstFrames.get(id)
    if (known !== undefined) return known
    return this.#wait<number>(`firstFrame ${id}`, `the first frame of member ${id}`, firstFrameTimeoutMs)
  }

  async leave({ id }: HostedMember): Promise<void> {
    this.#firstFrames.delete(id)
    this.#send({ type: 'leave', id })
    await this.#wait(`leave ${id}`, `member ${id} to leave`, leaveTimeoutMs)
  }

  async report(): Promise<MemberReport[]> {
    const request = this.#nextId++
    this.#send({ type: 'report', request })
    return this.#wait<MemberReport[]>(`report ${request}`, 'a report of simulated members', reportTimeoutMs)
  }

  /** Ends the process. May be called twice. */
  async close(): Promise<void> {
    if (this.#ended) return
    const exited = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()))
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), stopTimeoutMs)
    if (this.#child.connected) this.#child.disconnect()
    await exited
    clearTimeout(timer)
  }

  #send(message: ToMemberProcess): void {
    if (this.#child.connected) this.#child.send(message)
  }

  #receive(message: FromMemberProcess): void {
    switch (message.type) {
      case 'ready':
        this.#settle('ready', undefined)
        break
      case 'joined':
        this.#settle(`join ${message.id}`, message.joinedMs)
        break
      case 'firstFrame':
        this.#firstFrames.set(message.id, message.firstFrameMs)
        this.#settle(`firstFrame ${message.id}`, message.firstFrameMs)
        break
      case 'failed':
        this.#take(`join ${message.id}`)?.reject(new Error(message.message))
        break
      case 'left':
        this.#settle(`leave ${message.id}`, undefined)
        break
      case 'report':
        this.#settle(`report ${message.request}`, message.members)
        break
    }
  }

  #wait<T>(key: string, what: string, timeoutMs: number): Promise<T> {
    if (this.#ended) return Promise.reject(new Error(`Cannot wait for ${what}: the process has ended`))
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(key)
        reject(new Error(`Waited ${timeoutMs} ms for ${what}`))
      }, timeoutMs)
      this.#waiters.set(key, { resolve, reject, timer })
    })
  }

  #take(key: string): Waiter | undefined {
    const waiter = this.#waiters.get(key)
    this.#waiters.delete(key)
    clearTimeout(waiter?.timer)
    return waiter
  }

  #settle(key: string, value: unknown): void {
    this.#take(key)?.resolve(value as never)
  }

  #end(why: string): void {
    this.#ended = true
    for (const key of [...this.#waiters.keys()]) {
      this.#take(key)?.reject(new Error(`A process of simulated members ended (${why})`))
    }
  }
}
