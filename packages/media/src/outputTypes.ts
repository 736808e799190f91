/** One recording or one RTMP stream of a room. Unique in its room. */
export type OutputId = string

export type OutputTarget =
  /** An MP4 file (H.264 High, AAC 48 kHz stereo). `path` is absolute; the file must not exist, its folder must. */
  | {
      kind: 'recording'
      path: string
      /** It ends by itself, with an `error` that says so, before its file is larger. Default: no limit. */
      maxSizeBytes?: number
    }
  /** `rtmp://` or `rtmps://`, with the key as the end of its path. */
  | { kind: 'stream'; url: string }

/** What an output has sent or written so far. */
export type OutputProgress = {
  /** Without the time it was paused. */
  durationMs: number
  sizeBytes: number
}

/** What an output tells without being asked, until and with its `output.ended`. */
export type OutputEvent =
  /**
   * `running` after `reconnecting`: the stream's server is back. `message` says what is wrong while it is not:
   * shown to members and in logs, without the stream's key.
   */
  | { type: 'output.state'; outputId: OutputId; state: 'running' | 'reconnecting'; message: string | null }
  /**
   * Once for every output that was started, whether it was stopped or could not go on; the file is closed.
   * `error`: why it ended by itself, e.g. a full disk; null if it was stopped.
   */
  | ({ type: 'output.ended'; outputId: OutputId; error: string | null } & OutputProgress)

/**
 * How long a stream may take to start; then it is refused with what is known of the cause. A client waits 10 s for a
 * reply, and the way there and back takes its time.
 */
export const streamStartTimeoutMs = 7500
