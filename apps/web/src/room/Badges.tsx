import { useRef } from 'react'
import type { RoomState } from './roomState.ts'

/** What everybody in a room must know: that it is recorded, that it is streamed. */
export function Badges({ recording, streaming, running }: RoomState) {
  const { recordings } = running
  // Those who may not record do not see the recordings: for them it is on until it has ended.
  const paused = recordings.length > 0 && recordings.every((each) => each.paused)
  return (
    <div className="badges">
      <Badge
        label={paused ? 'Recording paused' : 'Recording'}
        kind={paused ? 'paused' : 'on'}
        on={recording}
        spoken={paused ? 'The recording is paused.' : 'This room is being recorded.'}
        spokenEnd="The recording has ended."
      />
      <Badge
        label="Live"
        kind="on"
        on={streaming}
        spoken="This room is being streamed live."
        spokenEnd="The live stream has ended."
      />
    </div>
  )
}

type BadgeProps = { label: string; kind: 'on' | 'paused'; on: boolean; spoken: string; spokenEnd: string }

function Badge({ label, kind, on, spoken, spokenEnd }: BadgeProps) {
  const wasOn = useRef(false)
  if (on) wasOn.current = true
  return (
    <>
      {on && (
        <span className="badge" data-kind={kind} title={spoken}>
          <span className="badge-dot" aria-hidden="true" />
          {label}
        </span>
      )}
      {/* There all the time: only what changes in it is read out. */}
      <span className="for-readers" role="status">
        {on ? spoken : wasOn.current ? spokenEnd : ''}
      </span>
    </>
  )
}
