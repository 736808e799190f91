import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas'

import { fontFamiliesFor } from './fonts.ts'
import { initialsOf } from './nameText.ts'
import { type YuvPatch, yuvPatchFromRgba } from './YuvPatch.ts'

/** `muted`: the camera is off or stands still. `waiting`: no picture has come yet. */
export type MuteImageKind = 'muted' | 'waiting'

/** Circle colours: far enough apart, and white letters are legible on each (contrast 4.5:1 or near). */
const palette = [
  ['#4f7df3', '#3a5fd0'],
  ['#8b5cf6', '#6d3fd6'],
  ['#d0489b', '#a8327a'],
  ['#df4f5a', '#b93642'],
  ['#d9732e', '#b35618'],
  ['#a8841f', '#856612'],
  ['#5f9638', '#477526'],
  ['#1f9d76', '#117a59'],
  ['#1695a8', '#0c7282'],
  ['#5b74a3', '#435a86'],
] as const

/** The picture of a tile without a picture: a circle with the initials, and a crossed camera if it is off. */
export function renderMuteImage(
  kind: MuteImageKind,
  sourceId: string,
  name: string | null,
  width: number,
  height: number,
): YuvPatch {
  const canvas = createCanvas(width, height)
  const context = canvas.getContext('2d')
  paintBackground(context, width, height)
  const radius = Math.min(width * 0.32, height * 0.25)
  const centreX = width / 2
  const centreY = height * 0.47
  paintCircle(context, sourceId, centreX, centreY, radius)
  const initials = initialsOf(name ?? '')
  if (initials === '') paintPerson(context, centreX, centreY, radius)
  else paintInitials(context, initials, centreX, centreY, radius)
  if (kind === 'muted' && radius >= 10) {
    const markRadius = Math.max(radius * 0.3, 5.5)
    paintCameraOff(context, centreX + radius * 0.74, centreY + radius * 0.74, markRadius)
  }
  return yuvPatchFromRgba(canvas.data(), width, height)
}

/** FNV-1a: the same source has the same colour in every room and on every node. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  return (value ^ (value >>> 13)) >>> 0
}

function paintBackground(context: SKRSContext2D, width: number, height: number): void {
  const light = context.createRadialGradient(
    width / 2,
    height * 0.45,
    0,
    width / 2,
    height * 0.45,
    width * 0.62,
  )
  light.addColorStop(0, '#2d333f')
  light.addColorStop(1, '#20242d')
  context.fillStyle = light
  context.fillRect(0, 0, width, height)
}

function paintCircle(context: SKRSContext2D, sourceId: string, x: number, y: number, radius: number): void {
  const [top, bottom] = palette[hash(sourceId) % palette.length]!
  const shade = context.createLinearGradient(x, y - radius, x, y + radius)
  shade.addColorStop(0, top)
  shade.addColorStop(1, bottom)
  context.fillStyle = shade
  context.beginPath()
  context.arc(x, y, radius, 0, Math.PI * 2)
  context.fill()
}

function paintInitials(context: SKRSContext2D, initials: string, x: number, y: number, radius: number): void {
  const families = fontFamiliesFor(initials)
  let fontPx = radius * 0.82
  context.font = `600 ${fontPx}px ${families}`
  const maxWidth = radius * 1.4
  const width = context.measureText(initials).width
  if (width > maxWidth) {
    fontPx *= maxWidth / width
    context.font = `600 ${fontPx}px ${families}`
  }
  context.fillStyle = '#ffffff'
  context.textAlign = 'left'
  // Centred by what is inked, so that scripts with other proportions sit in the middle as well.
  const ink = context.measureText(initials)
  const inkWidth = ink.actualBoundingBoxRight + ink.actualBoundingBoxLeft
  const baseline = y + (ink.actualBoundingBoxAscent - ink.actualBoundingBoxDescent) / 2
  context.fillText(initials, x - inkWidth / 2 + ink.actualBoundingBoxLeft, baseline)
}

/** Head and shoulders, for a member without a name. */
function paintPerson(context: SKRSContext2D, x: number, y: number, radius: number): void {
  context.save()
  context.beginPath()
  context.arc(x, y, radius, 0, Math.PI * 2)
  context.clip()
  context.fillStyle = '#ffffff'
  context.beginPath()
  context.arc(x, y - radius * 0.2, radius * 0.32, 0, Math.PI * 2)
  context.fill()
  context.beginPath()
  context.ellipse(x, y + radius * 0.78, radius * 0.58, radius * 0.5, 0, 0, Math.PI * 2)
  context.fill()
  context.restore()
}

function paintCameraOff(context: SKRSContext2D, x: number, y: number, radius: number): void {
  context.fillStyle = '#262b35'
  context.beginPath()
  context.arc(x, y, radius * 1.16, 0, Math.PI * 2)
  context.fill()
  context.fillStyle = '#e5484d'
  context.beginPath()
  context.arc(x, y, radius, 0, Math.PI * 2)
  context.fill()

  const unit = radius / 10
  context.save()
  context.translate(x, y)
  context.scale(unit, unit)
  context.fillStyle = '#ffffff'
  context.beginPath()
  context.roundRect(-5.6, -3.4, 7.6, 6.8, 1.5)
  context.fill()
  context.beginPath()
  context.moveTo(2.7, -0.7)
  context.lineTo(5.8, -2.9)
  context.lineTo(5.8, 2.9)
  context.lineTo(2.7, 0.7)
  context.closePath()
  context.fill()
  context.lineCap = 'round'
  for (const [style, width] of [
    ['#e5484d', 3.6],
    ['#ffffff', 1.5],
  ] as const) {
    context.strokeStyle = style
    context.lineWidth = width
    context.beginPath()
    context.moveTo(-5.4, -5.2)
    context.lineTo(5.4, 5.2)
    context.stroke()
  }
  context.restore()
}
