import { useEffect, useState } from 'react'

export type Devices = {
  cameras: MediaDeviceInfo[]
  microphones: MediaDeviceInfo[]
  speakers: MediaDeviceInfo[]
}

const none: Devices = { cameras: [], microphones: [], speakers: [] }

/**
 * Cameras, microphones and speakers, kept up to date. Browsers hide names and ids until permission is given: `trigger`
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
      // Chromium's "default" and "communications" stand for another one of the list.
      const known = all.filter(({ deviceId }) => !['', 'default', 'communications'].includes(deviceId))
      setDevices({
        cameras: known.filter((device) => device.kind === 'videoinput'),
        microphones: known.filter((device) => device.kind === 'audioinput'),
        speakers: known.filter((device) => device.kind === 'audiooutput'),
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
