import type { MediaAllowed } from '@roomful/protocol'
import type { MediaChange } from '../engine/CallMedia.ts'
import { RoomSessionError } from '../errors.ts'
import type { MediaKind } from '../media/kinds.ts'

const invalid = (message: string) => new RoomSessionError('invalid_argument', message)

function show(value: unknown): string {
  if (typeof value === 'string') return `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}"`
  return typeof value === 'object' && value !== null
    ? Array.isArray(value)
      ? 'an array'
      : 'an object'
    : String(value)
}

/** The error of a value that is not `allowed`. */
export const mustBe = (where: string, name: string, allowed: string, value: unknown) =>
  invalid(`${where}: "${name}" must be ${allowed}, not ${show(value)}.`)

/** A finite number from `min` to `max`. */
export function checkNumber(where: string, name: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value
  throw mustBe(where, name, `a number from ${min} to ${max}`, value)
}

export function checkText(where: string, name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw mustBe(where, name, 'a non-empty string', value)
}

export function checkOptionalBoolean(where: string, name: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value
  throw mustBe(where, name, 'true or false', value)
}

export function checkBoolean(where: string, name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw mustBe(where, name, 'true or false', value)
}

/** Longest metadata, in characters of its JSON text. */
const maxMetaLength = 2_000

export function checkMeta(where: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw mustBe(where, 'meta', 'an object', value)
  }
  let length: number
  try {
    length = JSON.stringify(value).length
  } catch (error) {
    throw invalid(`${where}: "meta" must be an object that can be written as JSON: ${String(error)}.`)
  }
  if (length <= maxMetaLength) return value as Record<string, unknown>
  throw invalid(`${where}: "meta" may have at most ${maxMetaLength} characters as JSON; it has ${length}.`)
}

export function checkKeys(where: string, value: unknown): string[] {
  if (Array.isArray(value) && value.length > 0 && value.every((key) => typeof key === 'string')) return value
  throw mustBe(where, 'keys', 'a non-empty array of strings', value)
}

const positionPattern = /^(auto|off-canvas|playback|full-screen|(reserved|standard)-\d+)$/
const allowedPositions =
  'auto, reserved-1, reserved-2 …, standard-1, standard-2 …, off-canvas, playback, full-screen'

export function checkPosition(where: string, value: unknown): string {
  if (typeof value === 'string' && positionPattern.test(value)) return value
  throw invalid(`${where}: a position must be one of ${allowedPositions}; ${show(value)} is not.`)
}

export function checkPositions(where: string, value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw mustBe(where, 'positions', 'an object of member ids and positions', value)
  }
  for (const position of Object.values(value)) checkPosition(where, position)
  return value as Record<string, string>
}

export function checkDigits(where: string, value: unknown): string {
  if (typeof value === 'string' && /^[0-9A-D*#]{1,100}$/i.test(value)) return value.toUpperCase()
  throw invalid(`${where} takes 1 to 100 of the characters 0-9, A-D, * and #, not ${show(value)}.`)
}

const directions = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const

export function checkDirection(where: string, value: unknown): (typeof directions)[number] {
  const direction = directions.find((one) => one === value)
  if (direction) return direction
  throw invalid(`${where}: a direction must be one of ${directions.join(', ')}, not ${show(value)}.`)
}

export function checkMediaUpdate(where: string, value: unknown): MediaChange {
  const { audio, video } = checkRecord(where, value)
  if (audio === undefined && video === undefined) {
    throw invalid(
      `${where}: at least one of "audio" and "video" must be given, as {direction, constraints?}.`,
    )
  }
  const change: MediaChange = {}
  for (const [kind, given] of Object.entries({ audio, video })) {
    if (given === undefined) continue
    const { direction, constraints } = checkRecord(`${where} "${kind}"`, given)
    change[kind as MediaKind] = {
      direction: checkDirection(`${where} "${kind}"`, direction),
      constraints:
        constraints === undefined
          ? undefined
          : checkConstraintsObject(`${where} "${kind}.constraints"`, constraints),
    }
  }
  return change
}

/** An object, as opposed to whatever else may be passed by mistake. */
export function checkRecord(where: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw invalid(`${where} takes an object, not ${show(value)}.`)
}

/** True, false or constraints; undefined if it is left out. */
export function checkMediaOption(
  where: string,
  name: string,
  value: unknown,
): boolean | MediaTrackConstraints | undefined {
  if (value === undefined || typeof value === 'boolean') return value
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw mustBe(where, name, 'true, false or MediaTrackConstraints', value)
}

const mediaAllowed = ['all', 'audio-only', 'video-only'] as const

export function checkMediaAllowed(where: string, value: unknown): MediaAllowed | undefined {
  if (value === undefined) return undefined
  const allowed = mediaAllowed.find((one) => one === value)
  if (allowed) return allowed
  throw mustBe(where, 'mediaAllowed', `one of ${mediaAllowed.join(', ')}`, value)
}

export function checkNames(where: string, name: string, value: unknown): string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value
  throw mustBe(where, name, 'an array of strings', value)
}

export function checkConstraintsObject(where: string, value: unknown): MediaTrackConstraints {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw invalid(`${where} takes MediaTrackConstraints, e.g. {deviceId: "…"}, not ${show(value)}.`)
}
