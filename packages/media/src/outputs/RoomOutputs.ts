import { MediaError } from '../MediaError.ts'
import type { OutputEvent, OutputId, OutputTarget } from '../outputTypes.ts'

export type RoomOutputsOptions = { onEvent: (event: OutputEvent) => void }

/** The recordings and streams of a room. */
export class RoomOutputs {
  constructor(_options: RoomOutputsOptions) {}

  start(outputId: OutputId, _target: OutputTarget): Promise<void> {
    return Promise.reject(new MediaError('output_failed', `Output ${outputId} cannot start`))
  }

  pause(_outputId: OutputId): void {}

  resume(_outputId: OutputId): void {}

  stop(_outputId: OutputId): void {}

  close(): Promise<void> {
    return Promise.resolve()
  }
}
