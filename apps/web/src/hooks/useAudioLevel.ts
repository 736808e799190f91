import { useEffect, useRef } from 'react'

/** Faint, and as loud as speech gets: the ends of the meter, in dB of full scale. */
const floorDb = -60
const ceilingDb = -12

/** Calls `onLevel` for every picture of the screen with the loudness of `track`, 0 to 1; 0 without one. */
export function useAudioLevel(track: MediaStreamTrack | null, onLevel: (level: number) => void): void {
  const callback = useRef(onLevel)
  callback.current = onLevel
  useEffect(() => {
    callback.current(0)
    if (!track) return
    const context = new AudioContext()
    const analyser = new AnalyserNode(context, { fftSize: 1024 })
    const source = context.createMediaStreamSource(new MediaStream([track]))
    source.connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    let shown = 0
    let frame = requestAnimationFrame(function measure() {
      analyser.getFloatTimeDomainData(samples)
      const level = levelOf(samples)
      // Up at once, down slowly, as people expect of a meter.
      shown = Math.max(level, shown * 0.9)
      callback.current(shown)
      frame = requestAnimationFrame(measure)
    })
    return () => {
      cancelAnimationFrame(frame)
      source.disconnect()
      void context.close()
    }
  }, [track])
}

/** Loudness of samples between -1 and 1, as 0 to 1 on a scale of decibels. */
export function levelOf(samples: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < samples.length; i++) sum += (samples[i] ?? 0) ** 2
  const db = 10 * Math.log10(sum / Math.max(1, samples.length))
  return Math.min(1, Math.max(0, (db - floorDb) / (ceilingDb - floorDb)))
}
