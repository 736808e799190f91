import type { FromPlayer } from '../playerMessages.ts'

/** In place of a player's process: takes 8 MB of memory more every 20 ms, up to 400 MB, and says that it is alive. */
const chunkBytes = 8_000_000
const taken: Buffer[] = []
const alive: FromPlayer = { type: 'alive' }

process.on('disconnect', () => process.exit())
setInterval(() => {
  // Filled: memory that nobody has written to is not resident.
  if (taken.length * chunkBytes < 400_000_000) taken.push(Buffer.alloc(chunkBytes, 1))
  process.send?.(alive)
}, 20)
