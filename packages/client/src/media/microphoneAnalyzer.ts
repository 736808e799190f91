import { RoomSessionError } from '../errors.ts'
import { TypedEmitter } from '../TypedEmitter.ts'
import { getUserMedia, stopStream } from './devices.ts'

export type MicrophoneAnalyzerEvents = {
  /** Fires when the volume, 0 to 100, has changed; at most once a frame of the screen. */
  volumeChanged: [volume: number]
  /** Fires at the end: null after `destroy()`, else why. */
  destroyed: [reason: null | 'error' | 'disconnected']
}

/** Volume 0 to 100 from the level of each frequency band, 0 to 255. */
export function volumeOfBands(bands: Uint8Array): number {
  return Math.min(Math.round(bands.reduce((sum, band) => sum + band, 0) / 20), 100)
}

/** Measures how loud a microphone is, for a level meter. */
export class MicrophoneAnalyzer extends TypedEmitter<MicrophoneAnalyzerEvents> {
  readonly #context = new AudioContext()
  readonly #analyser: AnalyserNode
  readonly #bands: Uint8Array<ArrayBuffer>
  readonly #stop: () => void
  #frame = 0
  #volume = -1
  #ended = false

  /** @internal Use {@link createMicrophoneAnalyzer}. */
  constructor(stream: MediaStream, stop: () => void) {
    super()
    this.#stop = stop
    this.#analyser = this.#context.createAnalyser()
    this.#analyser.fftSize = 64
    this.#analyser.minDecibels = -90
    this.#analyser.maxDecibels = -10
    this.#analyser.smoothingTimeConstant = 0.85
    this.#bands = new Uint8Array(this.#analyser.frequencyBinCount)
    this.#context.createMediaStreamSource(stream).connect(this.#analyser)
    // Safari and Firefox begin suspended, unless a gesture of the user came just before.
    this.#context.resume().catch(() => undefined)
    stream.getAudioTracks()[0]?.addEventListener('ended', () => this.#end('disconnected'))
    this.#measure()
  }

  /** Ends the measurement and closes the microphone, unless the application has given the stream. */
  destroy(): void {
    this.#end(null)
  }

  readonly #measure = () => {
    if (this.#ended) return
    this.#analyser.getByteFrequencyData(this.#bands)
    const volume = volumeOfBands(this.#bands)
    if (volume !== this.#volume) {
      this.#volume = volume
      this.emit('volumeChanged', volume)
    }
    this.#frame = requestAnimationFrame(this.#measure)
  }

  #end(reason: null | 'error' | 'disconnected'): void {
    if (this.#ended) return
    this.#ended = true
    cancelAnimationFrame(this.#frame)
    this.#stop()
    this.#context.close().catch(() => undefined)
    this.emit('destroyed', reason)
    this.removeAllListeners()
  }
}

/** Measures the microphone with an id, or one that satisfies constraints, or a stream of the application. */
export async function createMicrophoneAnalyzer(
  source: string | MediaTrackConstraints | MediaStream,
): Promise<MicrophoneAnalyzer> {
  const own = !(source instanceof MediaStream)
  const audio = typeof source === 'string' ? { deviceId: source } : source
  const stream =
    source instanceof MediaStream ? source : await getUserMedia({ audio: audio as MediaTrackConstraints })
  if (stream.getAudioTracks().length === 0) {
    throw new RoomSessionError('invalid_argument', 'No audio track found in the stream.')
  }
  return new MicrophoneAnalyzer(stream, () => (own ? stopStream(stream) : undefined))
}
