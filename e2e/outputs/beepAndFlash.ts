import type { Rgb } from '@roomful/load-test'
import type { BrowserMember } from '../support/BrowserMember.ts'

/** One beep and the flash that belongs to it, as the page made them. */
export type Blink = {
  /** When the beep began, Unix ms. */
  atMs: number
  /** How much later the flash was painted, ms: what the page itself made of "at the same moment". */
  paintedLateMs: number
}

declare global {
  interface Window {
    blinks: Blink[]
  }
}

export type BeepAndFlashOptions = {
  color: Rgb
  frequencyHz: number
  /** Of every second. */
  offsetMs: number
}

/** Of a beep and of a flash. */
const blinkMs = 120

/**
 * Makes the page's camera a canvas of one colour that turns white once a second, and its microphone an oscillator
 * that beeps at the same moments; both by the clock of the sound. To be called before joining.
 */
export async function useBeepAndFlash({ page }: BrowserMember, options: BeepAndFlashOptions): Promise<void> {
  await page.evaluate(
    async ({ color: { r, g, b }, frequencyHz, offsetMs, blinkMs }) => {
      window.blinks = []
      const audio = new AudioContext({ sampleRate: 48_000 })
      await audio.resume()
      const sound = audio.createMediaStreamDestination()
      const gain = audio.createGain()
      gain.gain.value = 0
      const oscillator = audio.createOscillator()
      oscillator.frequency.value = frequencyHz
      oscillator.connect(gain).connect(sound)
      oscillator.start()
      // Steep, but without the click of a cut, which holds all frequencies.
      const edgeSeconds = 0.003
      const beep = (atSeconds: number): void => {
        const endSeconds = atSeconds + blinkMs / 1000
        gain.gain.setValueAtTime(0, atSeconds)
        gain.gain.linearRampToValueAtTime(0.4, atSeconds + edgeSeconds)
        gain.gain.setValueAtTime(0.4, endSeconds)
        gain.gain.linearRampToValueAtTime(0, endSeconds + edgeSeconds)
      }

      const canvas = document.createElement('canvas')
      canvas.width = 640
      canvas.height = 360
      const context = canvas.getContext('2d') as CanvasRenderingContext2D
      let frame = 0
      let paintedAtMs = -Infinity
      let wasOn = false
      const paint = (on: boolean): void => {
        context.fillStyle = on ? 'white' : `rgb(${r} ${g} ${b})`
        context.fillRect(0, 0, 640, 360)
        // Something has to move, or nothing is sent.
        context.fillStyle = 'gray'
        context.fillRect((frame++ * 4) % 200, 340, 8, 8)
      }
      // In seconds of the sound's clock.
      let current = Math.ceil(audio.currentTime) + offsetMs / 1000
      let scheduled = current
      const tick = (): void => {
        const now = audio.currentTime
        while (now > scheduled - 0.6) beep(scheduled++)
        while (now >= current + 1) current += 1
        const sinceMs = (now - current) * 1000
        const isOn = sinceMs >= 0 && sinceMs < blinkMs
        const nowMs = performance.now()
        if (isOn === wasOn && nowMs - paintedAtMs < 35) return
        paint(isOn)
        paintedAtMs = nowMs
        if (isOn && !wasOn) {
          window.blinks.push({ atMs: performance.timeOrigin + nowMs - sinceMs, paintedLateMs: sinceMs })
        }
        wasOn = isOn
      }
      tick()
      setInterval(tick, 5)

      // New tracks each time: clients stop those that they only ask for permission with.
      navigator.mediaDevices.getUserMedia = ({ audio, video } = {}) => {
        const tracks = [
          ...(video ? canvas.captureStream(30).getVideoTracks() : []),
          ...(audio ? sound.stream.getAudioTracks().map((track) => track.clone()) : []),
        ]
        return Promise.resolve(new MediaStream(tracks))
      }
    },
    { ...options, blinkMs },
  )
}

/** All so far. */
export function blinksOf({ page }: BrowserMember): Promise<Blink[]> {
  return page.evaluate(() => window.blinks)
}
