import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { probeRecording } from '../probeRecording.ts'
import { fakeFormat, fakeUnits } from '../testing/fileUnits.ts'
import { describeAvError, describeFileError } from './fileErrors.ts'
import { isFinishedMp4 } from './measureMp4.ts'
import { defaultRecorderLimits, RecorderProcess } from './RecorderProcess.ts'
import type { FileProgress } from './recorderMessages.ts'

// Every test starts processes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const folder = mkdtempSync(join(tmpdir(), 'roomful-recorder-'))
const recorders: RecorderProcess[] = []
afterEach(() => {
  for (const recorder of recorders.splice(0)) recorder.kill()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type End = { error: string | null; progress: FileProgress; crashed: boolean }

function record(path: string, { limits = defaultRecorderLimits, maxSizeBytes = null as number | null } = {}) {
  let open: () => void
  let end: (end: End) => void
  const opened = new Promise<void>((resolve) => (open = resolve))
  const ended = new Promise<End>((resolve) => (end = resolve))
  const events = {
    onOpened: () => open(),
    onEnded: (error: string | null, progress: FileProgress, crashed: boolean) =>
      end({ error, progress, crashed }),
  }
  const recorder = new RecorderProcess(path, events, limits)
  recorders.push(recorder)
  recorder.open(fakeFormat, maxSizeBytes)
  return { recorder, opened, ended }
}

test('makes an ordinary MP4 and tells what is in it', async () => {
  const path = join(folder, 'whole.mp4')
  const { recorder, opened, ended } = record(path)
  await opened
  for (const unit of fakeUnits(0, 4000)) recorder.write(unit)
  recorder.finish()
  const { error, progress } = await ended
  expect(error).toBeNull()
  expect(isFinishedMp4(path)).toBe(true)
  expect(progress.sizeBytes).toBe(statSync(path).size)
  expect(progress.durationMs).toBeCloseTo(4000, -2)
  const before = readFileSync(path)
  expect(await probeRecording(path)).toEqual({
    durationMs: expect.closeTo(progress.durationMs, -1) as number,
    sizeBytes: before.length,
  })
  // There was nothing to mend.
  expect(readFileSync(path).equals(before)).toBe(true)
})

test('a file that cannot be made is refused with its path and the cause', async () => {
  const existing = join(folder, 'existing.mp4')
  writeFileSync(existing, 'mine')
  const cases = [
    [existing, 'there is a file of that name already'],
    [join(folder, 'nowhere', 'a.mp4'), 'its folder does not exist'],
    [join(existing, 'a.mp4'), 'its folder does not exist'],
  ] as const
  const ends = await Promise.all(cases.map(([path]) => record(path).ended))
  for (const [index, [path, cause]] of cases.entries()) {
    expect(ends[index]!.error).toBe(`The recording ${path} cannot be written: ${cause}`)
  }
  expect(readFileSync(existing, 'utf8')).toBe('mine')
})

test('a full or broken disk is named, whoever notices it', () => {
  const error = (code: string): Error => Object.assign(new Error('x'), { code })
  expect(describeFileError('/a.mp4', error('ENOSPC'))).toBe(
    'The recording /a.mp4 cannot be written: the disk is full',
  )
  expect(describeAvError('/a.mp4', -28, '')).toBe(describeFileError('/a.mp4', error('ENOSPC')))
  expect(describeFileError('/a.mp4', error('EROFS'))).toContain('read-only')
  expect(describeFileError('/a.mp4', error('EACCES'))).toContain('may not write')
  expect(describeAvError('/a.mp4', -541478725, 'End of file')).toContain('End of file')
})

test('a disk that takes no more ends the recording with the cause; what was written plays', async () => {
  const path = join(folder, 'full.mp4')
  const { recorder, opened, ended } = record(path)
  await opened
  // The system then answers as a full disk does, without one.
  execFileSync('prlimit', [`--pid=${recorder.pid}`, '--fsize=300000:300000'])
  for (const unit of fakeUnits(0, 6000)) recorder.write(unit)
  recorder.finish()
  const { error, progress } = await ended
  expect(error).toContain(path)
  expect(error).toContain('the largest size that is allowed')
  expect(statSync(path).size).toBeLessThanOrEqual(300_000)
  // 105 kB a second.
  expect(progress.durationMs).toBeGreaterThan(1500)
  expect(await probeRecording(path)).toMatchObject({
    durationMs: expect.closeTo(progress.durationMs, -1) as number,
  })
})

test('a limit ends the recording with words, whole and below it', async () => {
  const path = join(folder, 'limited.mp4')
  const { recorder, opened, ended } = record(path, { maxSizeBytes: 400_000 })
  await opened
  let isOver = false
  void ended.then(() => (isOver = true))
  let fromMs = 0
  await vi.waitUntil(
    () => {
      for (const unit of fakeUnits(fromMs, (fromMs += 1000))) recorder.write(unit)
      return isOver
    },
    { timeout: 15_000, interval: 160 },
  )
  expect((await ended).error).toContain('400000 bytes')
  expect(isFinishedMp4(path)).toBe(true)
  expect(statSync(path).size).toBeGreaterThan(300_000)
  expect(statSync(path).size).toBeLessThan(700_000)
})

test('a disk that hangs is given up in time', async () => {
  const path = join(folder, 'stalled.mp4')
  const { recorder, opened, ended } = record(path, {
    limits: { stalledAfterMs: 1000, maxPendingBytes: 10_000_000 },
  })
  await opened
  process.kill(recorder.pid!, 'SIGSTOP')
  for (const unit of fakeUnits(0, 1000)) recorder.write(unit)
  recorder.finish()
  const { error, crashed } = await ended
  expect(error).toContain('the disk is too slow')
  expect(crashed).toBe(true)
})

test('what does not fit into memory any more is no secret either', async () => {
  const path = join(folder, 'slow.mp4')
  const { recorder, opened, ended } = record(path, {
    limits: { stalledAfterMs: 60_000, maxPendingBytes: 200_000 },
  })
  await opened
  process.kill(recorder.pid!, 'SIGSTOP')
  for (const unit of fakeUnits(0, 3000)) recorder.write(unit)
  recorder.finish()
  expect((await ended).error).toContain('the disk is too slow')
})

test('a recorder that was killed leaves a file that plays, and that is made whole later', async () => {
  const path = join(folder, 'killed.mp4')
  const { recorder, opened, ended } = record(path)
  await opened
  let fromMs = 0
  await vi.waitUntil(
    () => {
      for (const unit of fakeUnits(fromMs, (fromMs += 1000))) recorder.write(unit)
      return recorder.progress.durationMs >= 5000
    },
    { timeout: 15_000, interval: 160 },
  )
  const written = recorder.progress
  process.kill(recorder.pid!, 'SIGKILL')
  expect(await ended).toMatchObject({ crashed: true, error: expect.stringContaining('SIGKILL') as string })
  expect(isFinishedMp4(path)).toBe(false)
  const probe = await probeRecording(path)
  expect(probe!.durationMs).toBeGreaterThan(written.durationMs - 2000)
  expect(isFinishedMp4(path)).toBe(true)
  expect(statSync(path).size).toBe(probe!.sizeBytes)
  expect(existsSync(`${path}.repair`)).toBe(false)
  expect(await probeRecording(path)).toEqual(probe)
})

test('nothing that can be played is null', async () => {
  const broken = join(folder, 'broken.mp4')
  writeFileSync(broken, Buffer.alloc(5000, 7))
  const empty = join(folder, 'empty.mp4')
  writeFileSync(empty, '')
  const headOnly = join(folder, 'head.mp4')
  writeFileSync(headOnly, readFileSync(join(folder, 'whole.mp4')))
  truncateSync(headOnly, 1000)
  const paths = [join(folder, 'missing.mp4'), broken, empty, headOnly]
  expect(await Promise.all(paths.map((path) => probeRecording(path)))).toEqual([null, null, null, null])
})

test('when the media process is gone the recorder makes the file whole', async () => {
  const path = join(folder, 'orphan.mp4')
  const script = fileURLToPath(new URL('../testing/orphanedRecorder.ts', import.meta.url))
  const child = fork(script, [path], { execArgv: [], stdio: 'ignore' })
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  expect(signal).toBe('SIGKILL')
  // Nobody touches the file before that.
  expect((await probeRecording(path))!.durationMs).toBeGreaterThanOrEqual(3000)
  expect(isFinishedMp4(path)).toBe(true)
})
