import { useEffect, useRef } from 'react'
import { Icon } from '../components/Icon.tsx'
import { ToggleButton } from '../components/ToggleButton.tsx'
import type { Preview as PreviewOf } from '../hooks/usePreview.ts'
import { LevelMeter } from './LevelMeter.tsx'

type Props = {
  name: string
  camera: PreviewOf
  microphone: PreviewOf
  cameraOn: boolean
  microphoneOn: boolean
  onCamera: () => void
  onMicrophone: () => void
}

/** One's own picture as others will see it (mirrored, as people know themselves), and two switches. */
export function Preview({ name, camera, microphone, cameraOn, microphoneOn, onCamera, onMicrophone }: Props) {
  const video = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    if (video.current) video.current.srcObject = camera.track ? new MediaStream([camera.track]) : null
  }, [camera.track])

  return (
    <section className="preview" aria-label="Preview">
      <div className="preview-picture">
        <video
          ref={video}
          autoPlay
          playsInline
          muted
          aria-label="Your camera"
          data-shown={camera.track !== null}
        />
        {camera.track === null && (
          <div className="preview-empty">
            <span className="avatar" aria-hidden="true">
              {initials(name) || <Icon name="people" />}
            </span>
            <p>{emptyWords(camera, cameraOn)}</p>
          </div>
        )}
        <LevelMeter track={microphone.track} />
        <div className="preview-switches">
          <ToggleButton
            label="Microphone"
            on={microphoneOn && microphone.state !== 'failed'}
            icons={{ on: 'microphone', off: 'microphoneOff' }}
            shortcut="M"
            unavailable={microphone.state === 'failed' ? 'No microphone' : undefined}
            onToggle={onMicrophone}
          />
          <ToggleButton
            label="Camera"
            on={cameraOn && camera.state !== 'failed'}
            icons={{ on: 'camera', off: 'cameraOff' }}
            shortcut="V"
            unavailable={camera.state === 'failed' ? 'No camera' : undefined}
            onToggle={onCamera}
          />
        </div>
      </div>
    </section>
  )
}

function emptyWords(camera: PreviewOf, on: boolean): string {
  if (!on) return 'Your camera is off'
  return camera.state === 'failed'
    ? 'No camera'
    : 'Waiting for your camera. Your browser may ask for permission.'
}

/** `Ada Lovelace` becomes `AL`. */
function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean)
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  return letters.map((word) => [...(word ?? '')][0]?.toLocaleUpperCase() ?? '').join('')
}
