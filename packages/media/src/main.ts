import { Log } from 'node-av'
import { AV_LOG_ERROR } from 'node-av/constants'
import type { FromMediaProcess, MediaRequest } from './ipc.ts'
import { MediaProcess } from './MediaProcess.ts'

/** Entry of a media process: started by the server with an IPC channel, it ends when the channel does. */

// Codecs greet on stderr with their version; what goes wrong with a packet is counted, not printed.
Log.setLevel(AV_LOG_ERROR)

const send = (message: FromMediaProcess): void => {
  if (process.connected) process.send?.(message)
}
const media = new MediaProcess(send, () => process.exit(0))

// Signals of the terminal reach the whole group; the server decides when its media processes end.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})

process.on('message', (message: MediaRequest) => {
  void media.handle(message)
})
process.on('disconnect', () => {
  // Closing may hang in native code of a process whose server is gone: bounded.
  setTimeout(endAtOnce, 3000).unref()
  void media.stop().finally(() => process.exit(0))
})
process.on('uncaughtException', (error) => {
  send({
    kind: 'log',
    level: 'fatal',
    message: 'The media process fails',
    fields: { error: error.stack ?? String(error) },
  })
  // State is unknown now. The server replaces the process and its rooms come back.
  setTimeout(endAtOnce, 50)
})

/** `process.exit` waits for video workers, and dumps its stack when one is in native code. */
function endAtOnce(): void {
  process.kill(process.pid, 'SIGKILL')
}
