import { Icon } from '../components/Icon.tsx'
import { ToggleButton } from '../components/ToggleButton.tsx'
import type { Choice } from '../lobby/Lobby.tsx'
import { LayoutMenu } from './LayoutMenu.tsx'
import { StudioMenu } from './StudioMenu.tsx'
import type { RoomControls } from './useRoom.ts'

type Props = { choice: Choice; room: RoomControls; listShown: boolean; onToggleList: () => void }

/** The bar at the bottom. */
export function Controls({ choice, room, listShown, onToggleList }: Props) {
  const { state } = room
  const self = state.people.find((person) => person.id === state.selfId)
  const waiting = self ? undefined : 'Not in the room yet'
  return (
    <footer className="controls" aria-label="Room controls">
      <ToggleButton
        label="Microphone"
        on={choice.hasMicrophone && !(self?.audioMuted ?? !choice.microphoneOn)}
        icons={{ on: 'microphone', off: 'microphoneOff' }}
        shortcut="M"
        unavailable={choice.hasMicrophone ? waiting : 'No microphone'}
        onToggle={room.toggleMicrophone}
      />
      <ToggleButton
        label="Camera"
        on={choice.hasCamera && !(self?.videoMuted ?? !choice.cameraOn)}
        icons={{ on: 'camera', off: 'cameraOff' }}
        shortcut="V"
        unavailable={choice.hasCamera ? waiting : 'No camera'}
        onToggle={room.toggleCamera}
      />
      <LayoutMenu layouts={state.layouts} current={state.layout} onPick={room.setLayout} />
      <StudioMenu room={room} />
      <button
        type="button"
        className="round-button"
        aria-label="People"
        title={listShown ? 'Hide people' : 'Show people'}
        aria-expanded={listShown}
        onClick={onToggleList}
      >
        <Icon name="people" />
      </button>
      <button
        type="button"
        className="round-button leave-button"
        aria-label="Leave"
        title="Leave"
        onClick={room.leave}
      >
        <Icon name="leave" />
      </button>
    </footer>
  )
}
