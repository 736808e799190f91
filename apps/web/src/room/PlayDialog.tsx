import { Dialog } from '../components/Dialog.tsx'
import { UrlForm } from '../components/UrlForm.tsx'

type Props = { onPlay: (url: string) => Promise<void>; onClose: () => void }

/** Asks what to play; closes itself when it plays. */
export function PlayDialog({ onPlay, onClose }: Props) {
  return (
    <Dialog title="Play a video" onClose={onClose}>
      <UrlForm
        label="Address of a video, a sound file or a live source"
        placeholder="https://example.com/film.mp4"
        hint="Everybody in the room sees and hears it."
        action="Play for everybody"
        busyAction="Opening…"
        onSubmit={async (url) => {
          await onPlay(url)
          onClose()
        }}
      />
    </Dialog>
  )
}
