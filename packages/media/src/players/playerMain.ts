import { writeFileSync } from 'node:fs'
import { Socket } from 'node:net'

import { closeInheritedSockets } from '../closeInheritedSockets.ts'
import { MediaError } from '../MediaError.ts'
import { silenceCodecs } from '../video/codecs.ts'
import { MediaSource } from './child/MediaSource.ts'
import { Playback } from './child/Playback.ts'
import { MediaWriter } from './mediaPipe.ts'
import { type FromPlayer, type ToPlayer } from './playerMessages.ts'

/**
 * Entry of a player's process: one URL of a user, which may be anything, is fetched, taken apart and decoded
 * here and nowhere else. Sound and pictures leave by file descriptor 4, the rest by IPC.
 */

const aliveIntervalMs = 1000

// 3 is the channel, 4 the pipe.
closeInheritedSockets(4)
silenceCodecs()
try {
  // If memory runs out, this process goes before any other.
  writeFileSync('/proc/self/oom_score_adj', '1000')
} catch {
  // Not on this system: a precaution less.
}

const socket = new Socket({ fd: 4, readable: false, writable: true })
socket.on('error', () => end())
const writer = new MediaWriter(socket)
let playback: Playback | null = null

process.on('message', (message: ToPlayer) => {
  switch (message.type) {
    case 'open':
      void open(message)
      break
    case 'clock':
      playback?.setClock(message.clock)
      break
    case 'seek':
      playback?.seek(message.generation, message.positionMs)
      break
    case 'catchUp':
      playback?.catchUp()
      break
    case 'tile':
      playback?.setTile(message.tile)
      break
  }
})
process.on('disconnect', end)
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('uncaughtException', (error) => fail(error))
setInterval(() => send({ type: 'alive' }), aliveIntervalMs)

async function open(message: ToPlayer & { type: 'open' }): Promise<void> {
  let source: MediaSource | null = null
  try {
    source = await MediaSource.open(message.url, message.allowedHosts)
    const { positionMs, maxFps, tile } = message
    playback = await Playback.open({ source, writer, send, positionMs, maxFps, tile })
  } catch (error) {
    fail(error)
  }
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof MediaError && error.code === 'url_not_allowed' ? error.code : 'player_failed'
  const failed: FromPlayer = { type: 'failed', code, message: message.slice(0, 400) }
  if (!process.connected) end()
  else process.send?.(failed, undefined, undefined, () => end())
}

function send(message: FromPlayer): void {
  if (process.connected) process.send?.(message)
}

/** At once: `process.exit` would wait for threads that wait for the network. */
function end(): void {
  process.kill(process.pid, 'SIGKILL')
}
