import { useState } from 'react'
import { Icon } from '../components/Icon.tsx'
import { Slider } from '../components/Slider.tsx'
import { useNow } from '../hooks/useNow.ts'
import { formatTime } from '../lib/time.ts'
import { mediaLabel } from '../lib/urls.ts'
import { positionAt, type Playback } from './running.ts'
import type { RoomControls } from './useRoom.ts'

type Props = {
  playback: Playback
  /** Whether the key P pauses this one. */
  hasKey: boolean
  attempt: RoomControls['attempt']
}

/** What is played into the room, and what can be done with it. */
export function PlaybackBar({ playback, hasKey, attempt }: Props) {
  const { url, paused, volumeDb, durationMs, seekable, control } = playback
  const nowMs = useNow(!paused)
  const [movedMs, setMovedMs] = useState<number | null>(null)
  const positionMs = movedMs ?? positionAt(playback, nowMs)
  const timeText = (ms: number) =>
    durationMs === null ? formatTime(ms) : `${formatTime(ms)} of ${formatTime(durationMs)}`

  return (
    <section className="playback" aria-label={`Playing ${mediaLabel(url)}`}>
      <button
        type="button"
        className="plain-button"
        aria-label={paused ? 'Resume the video' : 'Pause the video'}
        title={`${paused ? 'Resume' : 'Pause'}${hasKey ? ' (P)' : ''}`}
        aria-keyshortcuts={hasKey ? 'P' : undefined}
        onClick={() => void attempt(() => (paused ? control.resume() : control.pause()))}
      >
        <Icon name={paused ? 'play' : 'pause'} />
      </button>
      <span className="playback-name" title={mediaLabel(url)}>
        {mediaLabel(url)}
      </span>
      {seekable && durationMs !== null ? (
        <Slider
          label="Position"
          value={positionMs}
          min={0}
          max={durationMs}
          step={5000}
          toText={timeText}
          onMove={setMovedMs}
          onPick={(ms) => attempt(() => control.seek(Math.round(ms)))}
        />
      ) : (
        <span className="playback-filler" />
      )}
      <span className="playback-time">
        {durationMs === null ? 'Live' : `${formatTime(positionMs)} / ${formatTime(durationMs)}`}
      </span>
      <span className="playback-volume">
        <Icon name="sound" />
        <Slider
          label="Volume"
          value={volumeDb}
          min={-50}
          max={loudestDb}
          step={2}
          toText={(value) => (value <= -50 ? 'Silent' : `${Math.round(value)} dB`)}
          onPick={(value) => attempt(() => control.setVolume(Math.round(value)))}
        />
      </span>
      <button
        type="button"
        className="plain-button"
        aria-label="Stop the video"
        title="Stop"
        onClick={() => void attempt(() => control.stop())}
      >
        <Icon name="stop" />
      </button>
    </section>
  )
}

/** The room takes up to 50 dB, which no ear does. */
const loudestDb = 12
