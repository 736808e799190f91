/** A microphone's packet is full after this long. */
const packetMs = 20
/** What a picture takes by itself: coding in the browser, decoding, and the wait for a beat of the frame rate. */
const pictureMs = 40
/** On a good network, before anything is known. */
const usualPlayoutMs = 40
/** How much it changes in a second: so slowly that nobody sees it. */
const maxChangePerSecond = 20
const maxDelayMs = 300

/**
 * How much later pictures are to be shown in a file than they were composed. What is heard waits in jitter buffers,
 * longer where the network is worse; what is seen does not. What left a browser together is together again in the
 * file, as far as the delays of all who are heard are alike.
 */
export class PictureDelay {
  #currentMs = usualPlayoutMs + packetMs - pictureMs
  #isSet = false
  #atMs = 0

  /**
   * @param atMs When the picture was composed.
   * @param playoutMs How long what is heard now has waited; null if nothing is heard.
   */
  next(atMs: number, playoutMs: number | null): number {
    const elapsedMs = Math.max(atMs - this.#atMs, 0)
    this.#atMs = atMs
    if (playoutMs === null) return this.#currentMs
    const wantedMs = Math.min(Math.max(playoutMs + packetMs - pictureMs, 0), maxDelayMs)
    const maxChangeMs = this.#isSet ? (elapsedMs / 1000) * maxChangePerSecond : Infinity
    this.#isSet = true
    const changeMs = wantedMs - this.#currentMs
    this.#currentMs += Math.sign(changeMs) * Math.min(Math.abs(changeMs), maxChangeMs)
    return this.#currentMs
  }
}
