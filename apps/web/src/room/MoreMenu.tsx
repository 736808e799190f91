import { useState } from 'react'
import { Icon } from '../components/Icon.tsx'
import { Menu } from '../components/Menu.tsx'
import type { Choice } from '../lobby/Lobby.tsx'
import { DevicesDialog } from './DevicesDialog.tsx'
import { PlayDialog } from './PlayDialog.tsx'
import { StreamDialog } from './StreamDialog.tsx'
import type { RoomControls } from './useRoom.ts'

/** The devices; recording, streaming and playing, for those who may. */
export function MoreMenu({ room, choice }: { room: RoomControls; choice: Choice }) {
  const [dialog, setDialog] = useState<'devices' | 'stream' | 'play' | null>(null)
  const { may, running, recording, streaming } = room.state
  const closeDialog = () => setDialog(null)

  return (
    <>
      <Menu label="More" icon="more" active={recording || streaming}>
        {(pick) => (
          <>
            {may.record && running.recordings.length === 0 && (
              <button type="button" role="menuitem" tabIndex={-1} onClick={() => pick(room.startRecording)}>
                Start recording <Icon name="record" />
              </button>
            )}
            {may.record &&
              running.recordings.map(({ id, paused, control }, index) => {
                const what = running.recordings.length > 1 ? `recording ${index + 1}` : 'recording'
                const toggle = () => (paused ? control.resume() : control.pause())
                return [
                  <button
                    key={`${id} pause`}
                    type="button"
                    role="menuitem"
                    tabIndex={-1}
                    onClick={() => pick(() => void room.attempt(toggle))}
                  >
                    {paused ? 'Resume' : 'Pause'} {what} <Icon name={paused ? 'record' : 'pause'} />
                  </button>,
                  <button
                    key={`${id} stop`}
                    type="button"
                    role="menuitem"
                    tabIndex={-1}
                    onClick={() => pick(() => void room.attempt(() => control.stop()))}
                  >
                    Stop {what} <Icon name="stop" />
                  </button>,
                ]
              })}
            {may.stream && (
              <button
                type="button"
                role="menuitem"
                tabIndex={-1}
                onClick={() => pick(() => setDialog('stream'))}
              >
                Stream to… <Icon name="stream" />
              </button>
            )}
            {may.play && (
              <button
                type="button"
                role="menuitem"
                tabIndex={-1}
                onClick={() => pick(() => setDialog('play'))}
              >
                Play a video… <Icon name="play" />
              </button>
            )}
            <button
              type="button"
              role="menuitem"
              tabIndex={-1}
              disabled={room.state.phase !== 'joined'}
              onClick={() => pick(() => setDialog('devices'))}
            >
              Devices… <Icon name="sliders" />
            </button>
          </>
        )}
      </Menu>
      {dialog === 'devices' && (
        <DevicesDialog
          room={room}
          hasCamera={choice.hasCamera}
          hasMicrophone={choice.hasMicrophone}
          onClose={closeDialog}
        />
      )}
      {dialog === 'stream' && (
        <StreamDialog streams={running.streams} onStart={room.startStream} onClose={closeDialog} />
      )}
      {dialog === 'play' && <PlayDialog onPlay={room.play} onClose={closeDialog} />}
    </>
  )
}
