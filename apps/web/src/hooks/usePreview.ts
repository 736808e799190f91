import { useEffect, useState } from 'react'
import { toWords } from '../lib/words.ts'

export type PreviewState = 'asking' | 'ready' | 'failed'
export type Preview = {
  track: MediaStreamTrack | null
  state: PreviewState
  /** Why there is none, in words. */
  problem: string | null
}

/**
 * The camera or the microphone as long as `wanted`: opened anew when another device is chosen, stopped when it
 * is no longer shown. A device that is gone is replaced by the browser's own choice; one that was forbidden is
 * asked for again when that changes.
 */
export function usePreview(kind: 'audio' | 'video', deviceId: string, wanted: boolean): Preview {
  const [preview, setPreview] = useState<Preview>({ track: null, state: 'asking', problem: null })
  const [attempt, setAttempt] = useState(0)
  useEffect(() => {
    if (!wanted) return
    let current = true
    let stopWatching: (() => void) | undefined
    let track: MediaStreamTrack | null = null
    setPreview({ track: null, state: 'asking', problem: null })
    open(kind, deviceId).then(
      (opened) => {
        if (!current) return opened.stop()
        track = opened
        setPreview({ track, state: 'ready', problem: null })
      },
      (error: unknown) => {
        if (!current) return
        setPreview({ track: null, state: 'failed', problem: toWords(error) })
        stopWatching = onAllowed(kind, () => setAttempt((count) => count + 1))
      },
    )
    return () => {
      current = false
      track?.stop()
      stopWatching?.()
      setPreview((last) => ({ ...last, track: null }))
    }
  }, [kind, deviceId, wanted, attempt])
  return preview
}

/** Calls `onChange` when the user allows the device in the browser's settings; returns what ends that. */
function onAllowed(kind: 'audio' | 'video', onChange: () => void): () => void {
  const ended = new AbortController()
  const name = kind === 'audio' ? 'microphone' : 'camera'
  const watch = async () => {
    const permission = await navigator.permissions.query({ name: name as PermissionName })
    const { signal } = ended
    permission.addEventListener('change', () => permission.state === 'granted' && onChange(), { signal })
  }
  // Not every browser tells: there one reloads the page.
  watch().catch(() => undefined)
  return () => ended.abort()
}

async function open(kind: 'audio' | 'video', deviceId: string): Promise<MediaStreamTrack> {
  const media = navigator.mediaDevices as MediaDevices | undefined
  if (!media) throw new DOMException('no mediaDevices', 'SecurityError')
  const constraints: MediaTrackConstraints = deviceId === '' ? {} : { deviceId: { exact: deviceId } }
  if (kind === 'video') Object.assign(constraints, { width: { ideal: 1280 }, height: { ideal: 720 } })
  try {
    return first(await media.getUserMedia({ [kind]: constraints }))
  } catch (error) {
    // No DOMException in Firefox and Safari.
    if (deviceId === '' || (error as Error).name !== 'OverconstrainedError') throw error
    return first(await media.getUserMedia({ [kind]: true }))
  }
}

function first(stream: MediaStream): MediaStreamTrack {
  const [track] = stream.getTracks()
  if (!track) throw new DOMException('no track', 'NotFoundError')
  return track
}
