import { useState } from 'react'
import { Dialog } from '../components/Dialog.tsx'
import { useDevices } from '../hooks/useDevices.ts'
import { toWords } from '../lib/words.ts'
import { DevicePicker } from '../lobby/DevicePicker.tsx'
import type { RoomControls } from './useRoom.ts'

/** The ids of devices. */
export type DeviceChoice = { camera: string; microphone: string; speaker: string }

type Props = { room: RoomControls; hasCamera: boolean; hasMicrophone: boolean; onClose: () => void }

/** Changes camera, microphone and speaker while in the room. */
export function DevicesDialog({ room, hasCamera, hasMicrophone, onClose }: Props) {
  const { cameras, microphones, speakers } = useDevices('in the room')
  const [problem, setProblem] = useState<string | null>(null)
  const pick = (kind: keyof DeviceChoice) => (deviceId: string) => {
    setProblem(null)
    room.setDevice(kind, deviceId).catch((error: unknown) => setProblem(toWords(error)))
  }
  // Some browsers have no list of speakers: the system's choice is used.
  const mayPickSpeaker = speakers.length > 0 && 'setSinkId' in HTMLMediaElement.prototype

  return (
    <Dialog title="Devices" onClose={onClose}>
      <DevicePicker
        label="Camera"
        devices={hasCamera ? cameras : []}
        deviceId={room.devices.camera}
        onPick={pick('camera')}
      />
      <DevicePicker
        label="Microphone"
        devices={hasMicrophone ? microphones : []}
        deviceId={room.devices.microphone}
        onPick={pick('microphone')}
      />
      {mayPickSpeaker && (
        <DevicePicker
          label="Speaker"
          devices={speakers}
          deviceId={room.devices.speaker}
          onPick={pick('speaker')}
        />
      )}
      {problem !== null && (
        <p className="notice" data-kind="problem" role="alert">
          {problem}
        </p>
      )}
    </Dialog>
  )
}
