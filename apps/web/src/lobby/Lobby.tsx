import { useId, useState, type FormEvent } from 'react'
import { Logo } from '../components/Logo.tsx'
import { useDevices } from '../hooks/useDevices.ts'
import { usePreview } from '../hooks/usePreview.ts'
import { useShortcuts } from '../hooks/useShortcuts.ts'
import { maxRoomNameLength, roomNameOf, suggestRoomName, toRoomName } from '../lib/roomName.ts'
import { recall, remember } from '../lib/storage.ts'
import { DevicePicker } from './DevicePicker.tsx'
import { Preview } from './Preview.tsx'

/** What somebody wants to join with. */
export type Choice = {
  userName: string
  roomName: string
  /** Empty: the browser's choice. */
  cameraId: string
  microphoneId: string
  /** Whether there is one that may be used at all. */
  hasCamera: boolean
  hasMicrophone: boolean
  cameraOn: boolean
  microphoneOn: boolean
}

type Props = { notice: string | null; onJoin: (choice: Choice) => void }

const maxUserNameLength = 100

export function Lobby({ notice, onJoin }: Props) {
  const [invitedTo] = useState(() => roomNameOf(new URL(location.href)))
  const [userName, setUserName] = useState(() => recall('name'))
  const [roomName, setRoomName] = useState(() => invitedTo || suggestRoomName())
  const [cameraId, setCameraId] = useState(() => recall('camera'))
  const [microphoneId, setMicrophoneId] = useState(() => recall('microphone'))
  const [cameraOn, setCameraOn] = useState(true)
  const [microphoneOn, setMicrophoneOn] = useState(true)
  const camera = usePreview('video', cameraId, cameraOn)
  const microphone = usePreview('audio', microphoneId, microphoneOn)
  const devices = useDevices(`${camera.state} ${microphone.state}`)
  const nameId = useId()
  const roomId = useId()

  useShortcuts({ m: () => setMicrophoneOn(!microphoneOn), v: () => setCameraOn(!cameraOn) })

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const name = userName.trim()
    const room = toRoomName(roomName.trim())
    if (name === '' || room === '') return
    remember('name', name)
    remember('camera', cameraId)
    remember('microphone', microphoneId)
    onJoin({
      userName: name,
      roomName: room,
      cameraId,
      microphoneId,
      hasCamera: camera.state !== 'failed',
      hasMicrophone: microphone.state !== 'failed',
      cameraOn,
      microphoneOn,
    })
  }

  const problem = camera.problem ?? microphone.problem
  return (
    <main className="lobby">
      <header className="lobby-head">
        <Logo />
      </header>
      <Preview
        name={userName}
        camera={camera}
        microphone={microphone}
        cameraOn={cameraOn}
        microphoneOn={microphoneOn}
        onCamera={() => setCameraOn(!cameraOn)}
        onMicrophone={() => setMicrophoneOn(!microphoneOn)}
      />
      <form className="lobby-form" onSubmit={submit}>
        <div>
          <h1>{invitedTo ? 'Ready to join?' : 'Start a room'}</h1>
          <p className="quiet">
            {invitedTo ? 'Check how you look and sound, then step in.' : 'Or type the name of one you know.'}
          </p>
        </div>
        {notice && (
          <p className="notice" role="status">
            {notice}
          </p>
        )}
        {problem && (
          <p className="notice" data-kind="warning" role="status">
            {problem}{' '}
            {bothFailed(camera.state, microphone.state) && 'You can join all the same, to watch and listen.'}
          </p>
        )}
        <div className="field">
          <label htmlFor={nameId}>Your name</label>
          <input
            id={nameId}
            value={userName}
            onChange={(event) => setUserName(event.target.value)}
            maxLength={maxUserNameLength}
            autoComplete="name"
            placeholder="How others will see you"
            required
            pattern=".*\S.*"
            autoFocus
          />
        </div>
        <div className="field">
          <label htmlFor={roomId}>Room</label>
          <input
            id={roomId}
            value={roomName}
            onChange={(event) => setRoomName(toRoomName(event.target.value))}
            maxLength={maxRoomNameLength}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            required
          />
        </div>
        <div className="field-pair">
          <DevicePicker label="Camera" devices={devices.cameras} deviceId={cameraId} onPick={setCameraId} />
          <DevicePicker
            label="Microphone"
            devices={devices.microphones}
            deviceId={microphoneId}
            onPick={setMicrophoneId}
          />
        </div>
        <button type="submit" className="button" data-kind="primary">
          {camera.state === 'failed' && microphone.state === 'failed'
            ? 'Join to watch and listen'
            : 'Join the room'}
        </button>
      </form>
    </main>
  )
}

function bothFailed(camera: string, microphone: string): boolean {
  return camera === 'failed' && microphone === 'failed'
}
