import { useRef } from 'react'
import { useAudioLevel } from '../hooks/useAudioLevel.ts'

/** How loud the microphone is. Drawn past React: it changes with every picture of the screen. */
export function LevelMeter({ track }: { track: MediaStreamTrack | null }) {
  const meter = useRef<HTMLDivElement>(null)
  useAudioLevel(track, (level) => {
    meter.current?.style.setProperty('--level', level.toFixed(3))
    meter.current?.setAttribute('aria-valuenow', String(Math.round(level * 10) * 10))
  })
  return (
    <div
      ref={meter}
      className="level-meter"
      role="meter"
      aria-label="Microphone level"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
    />
  )
}
