import { useEffect, useState } from 'react'

export type Devices = { cameras: MediaDeviceInfo[]; microphones: MediaDeviceInfo[] }

const none: Devices = { cameras: [], microphones: [] }

/**
 * Cameras and microphones, kept up to date. Browsers hide names and ids until permission is given: `trigger`
 * is anything that changes when it may have been.
 */
export function useDevices(trigger: unknown): Devices {
  const [devices, setDevices] = useState(none)
  useEffect(() => {
    const media = navigator.mediaDevices as MediaDevices | undefined
    if (!media) return
    let current = true
    const update = async () => {
      const all = await media.enumerateDevices().catch(() => [])
      if (!current) return
      const known = all.filter((device) => device.deviceId !== '')
      setDevices({
        cameras: known.filter((device) => device.kind === 'videoinput'),
        microphones: known.filter((device) => device.kind === 'audioinput'),
      })
    }
    const onChange = () => void update()
    onChange()
    media.addEventListener('devicechange', onChange)
    return () => {
      current = false
      media.removeEventListener('devicechange', onChange)
    }
  }, [trigger])
  return devices
}
