import { RoomError } from '@roomful/protocol'
import type { Effect, MediaTask } from '../room/types.ts'
import type { Asker } from './Asker.ts'
import type { RoomHost } from './RoomHost.ts'

/**
 * A `video.*` request. The room answers it, or says what the media is to do first; that takes its time outside of
 * the room's queue, and of its client's, so that nothing else waits for it.
 */
export async function request(
  host: RoomHost,
  method: string,
  params: Record<string, unknown>,
  asker: Asker,
): Promise<void> {
  // Where a playback really is only the media knows.
  if (method === 'video.playback.list') await host.playbacks.refreshPositions()
  const { task, result } = await host.run(() => {
    if (asker.isGone()) throw new RoomError('conflict', 'You are not in the room any more')
    const { result, effects } = host.command({ type: 'rpc', method, params }, asker.actor)
    const asked = effects.find(isTask)
    const answer = result ?? { code: '200', message: 'OK' }
    const isLasting = effects.some(changesSession)
    if (asked === undefined && !isLasting) asker.reply.send(answer)
    host.apply(effects.filter((effect) => effect !== asked))
    return { task: asked?.task, result: isLasting ? answer : null }
  })
  if (task !== undefined) return asker.reply.sendLater(perform(host, task, asker))
  if (result === null) return
  // Others may see it already; whoever asked for it is told when it will not get lost any more.
  await host.saved()
  asker.reply.send(result)
}

/** Whether something changes that outlives the server: see `LastingState`. */
function changesSession(effect: Effect): boolean {
  if (effect.kind !== 'event' || effect.type !== 'video.room.updated') return false
  return effect.params.room.updated.some((name) => name !== 'recording' && name !== 'streaming')
}

const isTask = (effect: Effect): effect is Extract<Effect, { kind: 'task' }> => effect.kind === 'task'

/** Has the media do what the room needs of it. Rejects if it cannot; then nothing has changed. */
export function perform(
  { outputs, playbacks }: RoomHost,
  task: MediaTask,
  asker: Asker | null,
): Promise<void> {
  switch (task.do) {
    case 'startRecording':
      return outputs.startRecording(asker)
    case 'pauseRecording':
      return outputs.pauseRecording(task.recordingId, task.paused, asker)
    case 'startStream':
      return outputs.startStream(task.url, asker)
    case 'startStandingStream':
      outputs.startStanding(task.order)
      return Promise.resolve()
    case 'play':
      return playbacks.play(task.request, asker)
    case 'pausePlayback':
      return playbacks.setPaused(task.playbackId, task.paused, asker)
    case 'seek':
      return playbacks.seek(task, asker)
  }
}
