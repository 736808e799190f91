import { RoomError } from '@roomful/protocol'
import { QueueFullError, type SerialQueue } from '../lib/SerialQueue.ts'

/** Runs a request about a recording or playback after those before it; refuses it if there are too many. */
export async function inOrder(
  queue: SerialQueue | undefined,
  what: string,
  task: () => Promise<void>,
): Promise<void> {
  if (queue === undefined) throw new RoomError('conflict', `The ${what} has ended`)
  try {
    await queue.run(task)
  } catch (error) {
    if (!(error instanceof QueueFullError)) throw error
    throw new RoomError('conflict', `Too many requests about this ${what} wait already`)
  }
}
