/*
 * Runs in the page, after the probe. Firefox plays nothing, and lets no AudioContext run, on a machine without a
 * sound card; what is received can be recorded and measured all the same.
 */
;(() => {
  /** Sound of the stream as samples at 48 kHz. */
  async function record(stream, durationMs) {
    const recorder = new MediaRecorder(new MediaStream(stream.getAudioTracks()))
    const chunks = []
    recorder.ondataavailable = ({ data }) => chunks.push(data)
    const stopped = new Promise((resolve) => (recorder.onstop = resolve))
    recorder.start()
    setTimeout(() => recorder.stop(), durationMs)
    await stopped
    const bytes = await new Blob(chunks).arrayBuffer()
    const decoded = await new OfflineAudioContext(1, 1, 48_000).decodeAudioData(bytes)
    return decoded.getChannelData(0)
  }

  /** Level of one tone in dBFS (Goertzel, Hann window). */
  function levelDb(samples, frequencyHz) {
    const turn = 2 * Math.cos((2 * Math.PI * frequencyHz) / 48_000)
    let before = 0
    let last = 0
    samples.forEach((sample, index) => {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / samples.length)
      ;[before, last] = [last, sample * window + turn * last - before]
    })
    const power = last * last + before * before - turn * last * before
    return Math.max(-200, 20 * Math.log10((4 * Math.sqrt(Math.max(power, 0))) / samples.length))
  }

  const { attach } = window.probe
  let stream
  window.probe.attach = (next) => {
    stream = next
    attach(next)
  }
  window.probe.tonesDb = async (frequenciesHz) => {
    if (!stream || stream.getAudioTracks().length === 0) return null
    const samples = await record(stream, 400)
    // The first of it is the encoder's silence.
    const middle = samples.subarray(samples.length - 12_000)
    return samples.length < 12_000 ? null : frequenciesHz.map((hz) => levelDb(middle, hz))
  }
})()
