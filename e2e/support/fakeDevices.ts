import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toYuv, type Rgb } from '@roomful/load-test'

/** What tells a member apart: the colour its camera sees and the tone its microphone hears. */
export type Person = { name: string; color: Rgb; toneHz: number }

const width = 640
const height = 360
const fps = 25
const frames = 10
const sampleRateHz = 48_000
const toneAmplitude = 0.2

/** Files for Chromium's fake devices: a colour with a wandering bar as camera, a sine as microphone. */
export function writeFakeDevices(
  directory: string,
  person: Person,
): { cameraFile: string; microphoneFile: string } {
  const cameraFile = join(directory, 'camera.y4m')
  const microphoneFile = join(directory, 'microphone.wav')
  writeFileSync(cameraFile, y4m(person.color))
  writeFileSync(microphoneFile, wav(person.toneHz))
  return { cameraFile, microphoneFile }
}

function y4m(color: Rgb): Buffer {
  const { y, u, v } = toYuv(color)
  const chunks = [Buffer.from(`YUV4MPEG2 W${width} H${height} F${fps}:1 Ip A1:1 C420jpeg\n`)]
  const chroma = Buffer.concat([Buffer.alloc((width * height) / 4, u), Buffer.alloc((width * height) / 4, v)])
  for (let frame = 0; frame < frames; frame++) {
    const luma = Buffer.alloc(width * height, y)
    const barTop = Math.floor((height * frame) / frames)
    luma.fill(Math.min(235, y + 14), barTop * width, (barTop + 16) * width)
    chunks.push(Buffer.from('FRAME\n'), luma, chroma)
  }
  return Buffer.concat(chunks)
}

/** One second, which holds a whole number of periods of any whole frequency: it loops without a click. */
function wav(toneHz: number): Buffer {
  const samples = Buffer.alloc(sampleRateHz * 2)
  for (let i = 0; i < sampleRateHz; i++) {
    const value = toneAmplitude * Math.sin((2 * Math.PI * toneHz * i) / sampleRateHz)
    samples.writeInt16LE(Math.round(value * 32_767), i * 2)
  }
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + samples.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(sampleRateHz, 24)
  header.writeUInt32LE(sampleRateHz * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples.length, 40)
  return Buffer.concat([header, samples])
}
