/*
 * Runs in the page. Looks at what the page really receives: the pixels of the remote picture and the
 * loudness of tones in the remote sound.
 */
;(() => {
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { willReadFrequently: true })
  const video = document.createElement('video')
  video.muted = true
  video.autoplay = true
  video.playsInline = true
  video.style.cssText = 'position:fixed;left:0;top:0;width:64px;height:36px;opacity:0.01;pointer-events:none'
  let audioContext
  let analyser
  let source
  let streamId

  function attach(stream) {
    const id = stream
      .getTracks()
      .map((track) => track.id)
      .join()
    if (streamId === id) return
    streamId = id
    if (!video.isConnected) document.body.append(video)
    video.srcObject = new MediaStream(stream.getVideoTracks())
    void video.play()
    source?.disconnect()
    if (stream.getAudioTracks().length === 0) return
    audioContext ??= new AudioContext()
    void audioContext.resume()
    source = audioContext.createMediaStreamSource(new MediaStream(stream.getAudioTracks()))
    analyser ??= audioContext.createAnalyser()
    analyser.fftSize = 16384
    analyser.smoothingTimeConstant = 0
    source.connect(analyser)
  }

  window.probe = {
    attach,
    /** Mean colours at points in percent of the picture; null before there is a picture. */
    colorsAt(points) {
      if (video.videoWidth === 0 || video.readyState < 2) return null
      canvas.width = video.videoWidth
      canvas.height = video.videoHeight
      context.drawImage(video, 0, 0)
      const size = 5
      return {
        width: canvas.width,
        height: canvas.height,
        colors: points.map(([x, y]) => {
          const left = Math.min(Math.max(0, Math.round((x * canvas.width) / 100) - 2), canvas.width - size)
          const top = Math.min(Math.max(0, Math.round((y * canvas.height) / 100) - 2), canvas.height - size)
          const { data } = context.getImageData(left, top, size, size)
          const sum = [0, 0, 0]
          for (let i = 0; i < data.length; i += 4) for (let c = 0; c < 3; c++) sum[c] += data[i + c]
          const [r, g, b] = sum.map((value) => Math.round(value / (size * size)))
          return { r, g, b }
        }),
      }
    },
    /** Level of each tone in dBFS, from one window of about a third of a second. */
    tonesDb(frequenciesHz) {
      if (!analyser) return null
      const bins = new Float32Array(analyser.frequencyBinCount)
      analyser.getFloatFrequencyData(bins)
      const hzPerBin = audioContext.sampleRate / analyser.fftSize
      return frequenciesHz.map((hz) => {
        const bin = Math.round(hz / hzPerBin)
        // -Infinity does not survive the way out of the page.
        return Math.max(-200, ...bins.subarray(Math.max(0, bin - 2), bin + 3))
      })
    },
    videoTime: () => video.currentTime,
    png() {
      canvas.width = video.videoWidth
      canvas.height = video.videoHeight
      context.drawImage(video, 0, 0)
      return canvas.toDataURL('image/png')
    },
  }
})()
