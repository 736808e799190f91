import { Icon } from '../components/Icon.tsx'
import { PressButton } from '../components/PressButton.tsx'
import { ToggleButton } from '../components/ToggleButton.tsx'
import type { Choice } from '../lobby/Lobby.tsx'
import { LayoutMenu } from './LayoutMenu.tsx'
import { MoreMenu } from './MoreMenu.tsx'
import type { RoomControls } from './useRoom.ts'

type Props = { choice: Choice; room: RoomControls; listShown: boolean; onToggleList: () => void }

/** Phones cannot. */
const canShare = 'getDisplayMedia' in (navigator.mediaDevices ?? {})

/** The bar at the bottom. */
export function Controls({ choice, room, listShown, onToggleList }: Props) {
  const { state } = room
  const self = state.people.find((person) => person.id === state.selfId)
  const hands = state.people.filter(({ handRaised }) => handRaised).length
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
      {state.may.share && canShare && (
        <PressButton
          label="Share screen"
          undoLabel="Stop sharing"
          icon="screen"
          shortcut="S"
          pressed={self?.sharing ?? false}
          disabled={!self}
          wideOnly
          onPress={room.toggleScreen}
        />
      )}
      {state.may.raiseHand && (
        <PressButton
          label="Raise hand"
          undoLabel="Lower hand"
          icon="hand"
          shortcut="H"
          pressed={self?.handRaised ?? false}
          disabled={!self}
          onPress={room.toggleHand}
        />
      )}
      <LayoutMenu layouts={state.layouts} current={state.layout} onPick={room.setLayout} />
      <MoreMenu room={room} choice={choice} />
      <button
        type="button"
        className="round-button people-button"
        aria-label="People"
        title={`${listShown ? 'Hide' : 'Show'} people${hands > 0 ? ` (${hands} raised ${hands === 1 ? 'hand' : 'hands'})` : ''}`}
        aria-expanded={listShown}
        onClick={onToggleList}
      >
        <Icon name="people" />
        {hands > 0 && !listShown && <span className="dot" aria-hidden="true" />}
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
