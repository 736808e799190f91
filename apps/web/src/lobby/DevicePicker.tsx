import { useId } from 'react'

type Props = {
  label: string
  devices: MediaDeviceInfo[]
  deviceId: string
  onPick: (deviceId: string) => void
}

export function DevicePicker({ label, devices, deviceId, onPick }: Props) {
  const id = useId()
  const known = devices.some((device) => device.deviceId === deviceId)
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={known ? deviceId : ''}
        disabled={devices.length === 0}
        onChange={(event) => onPick(event.target.value)}
      >
        <option value="">{devices.length === 0 ? 'None available' : 'Default'}</option>
        {devices.map((device, index) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || `${label} ${index + 1}`}
          </option>
        ))}
      </select>
    </div>
  )
}
