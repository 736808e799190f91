import { Log } from 'node-av/lib'
import { AV_LOG_QUIET } from 'node-av/constants'
import { closeInheritedSockets } from '../closeInheritedSockets.ts'
import { FileError, Mp4Writer } from './recording/Mp4Writer.ts'
import { measureMp4 } from './recording/measureMp4.ts'
import type { FromRecorder, ToRecorder } from './recording/recorderMessages.ts'

/**
 * Entry of a recorder: a process of its own for every recording, so that a disk that hangs holds up nothing else.
 * It outlives the media process: when that is gone it makes the file whole and ends.
 */

// 3 is the channel.
closeInheritedSockets(3)
Log.setLevel(AV_LOG_QUIET)

let writer: Mp4Writer | null = null
let path = ''
let maxSizeBytes = Infinity
let isEnding = false

function receive(message: ToRecorder): void {
  if (isEnding) return
  try {
    if (message.type === 'open') {
      path = message.path
      maxSizeBytes = message.maxSizeBytes ?? Infinity
      writer = new Mp4Writer(path, message.format)
      send({ type: 'opened' })
    } else if (message.type === 'finish') finish(null)
    else write(message)
  } catch (error) {
    giveUp(error)
  }
}

function write({ units }: Extract<ToRecorder, { type: 'units' }>): void {
  if (writer === null) return
  for (const unit of units) writer.write(unit)
  send({ type: 'written', ...writer.progress() })
  if (writer.expectedSizeBytes >= maxSizeBytes) {
    finish(`The recording ${path} has reached the largest size that is allowed, ${maxSizeBytes} bytes`)
  }
}

function finish(error: string | null): void {
  writer?.finish()
  end(error)
}

/** The file stays as it is, playable up to its last fragment: its end cannot be written either. */
function giveUp(error: unknown): void {
  if (isEnding) return
  isEnding = true
  writer?.close()
  const message =
    error instanceof FileError ? error.message : `The recording ${path} failed: ${String(error)}`
  const file = writer === null ? null : measureMp4(path)
  leave({ type: 'ended', error: message, ...(file ?? { durationMs: 0, sizeBytes: 0 }) })
}

function end(error: string | null): void {
  if (isEnding) return
  isEnding = true
  leave({ type: 'ended', error, ...(writer?.progress() ?? { durationMs: 0, sizeBytes: 0 }) })
}

/** Nothing but the channel keeps the process. */
function leave(message: FromRecorder): void {
  send(message, () => {
    if (process.connected) process.disconnect()
  })
}

function send(message: FromRecorder, onSent = () => {}): void {
  // The media process may be gone, which is no reason to lose the file.
  if (process.connected) process.send?.(message, undefined, undefined, onSent)
}

process.on('message', (message: ToRecorder) => receive(message))
process.on('disconnect', () => receive({ type: 'finish' }))
// Signals of the terminal reach the whole group; the media process decides when a recording ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
// A file size limit shows as an error of the write then.
process.on('SIGXFSZ', () => {})
process.on('uncaughtException', (error) => giveUp(error))
