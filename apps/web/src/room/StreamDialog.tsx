import { useState } from 'react'
import { Dialog } from '../components/Dialog.tsx'
import { UrlForm } from '../components/UrlForm.tsx'
import { streamLabel } from '../lib/urls.ts'
import { toWords } from '../lib/words.ts'
import type { Stream } from './running.ts'

type Props = { streams: Stream[]; onStart: (url: string) => Promise<void>; onClose: () => void }

/** Asks where to stream to, and shows where it is streamed to by now. */
export function StreamDialog({ streams, onStart, onClose }: Props) {
  const [problem, setProblem] = useState<string | null>(null)
  const stop = async ({ control }: Stream, button: HTMLElement) => {
    setProblem(null)
    try {
      await control.stop()
      // The button goes with the stream.
      button.closest('dialog')?.querySelector('input')?.focus()
    } catch (error) {
      setProblem(toWords(error))
    }
  }

  return (
    <Dialog title="Stream to…" onClose={onClose}>
      <UrlForm
        label="RTMP address, with the key"
        placeholder="rtmp://live.example.com/app/KEY"
        hint="Whoever watches there sees and hears this room. The key is not shown."
        action="Start streaming"
        busyAction="Connecting…"
        onSubmit={onStart}
      />
      {streams.length > 0 && (
        <ul className="stream-list" aria-label="Running streams">
          {streams.map((stream) => (
            <li key={stream.id}>
              <span className="badge" data-kind={stream.trouble === null ? 'on' : 'paused'}>
                <span className="badge-dot" aria-hidden="true" />
                {stream.trouble === null ? 'Live' : 'Reconnecting'}
              </span>
              <span className="stream-place">
                {streamLabel(stream.url)}
                {stream.trouble !== null && <span className="quiet"> – {stream.trouble}</span>}
              </span>
              <button
                type="button"
                className="button"
                data-kind="quiet"
                aria-label={`Stop the stream to ${streamLabel(stream.url)}`}
                onClick={(event) => void stop(stream, event.currentTarget)}
              >
                Stop
              </button>
            </li>
          ))}
        </ul>
      )}
      {problem !== null && (
        <p className="notice" data-kind="problem" role="alert">
          {problem}
        </p>
      )}
    </Dialog>
  )
}
