/** Sound that comes decoded, in step with the mixer: everybody hears it, and it never counts as talking. */
export interface PcmSource {
  /** The 20 ms rendered last, 48 kHz mono; only worth reading while `contributes`. */
  readonly frame: Float32Array
  /** Whether `frame` holds sound. */
  readonly contributes: boolean
  /** Renders the next 20 ms into `frame`. `nowMs`: when the tick was due. */
  render(nowMs: number): void
}
