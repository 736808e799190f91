import { RoomSessionError } from '../errors.ts'

const invalid = (message: string) => new RoomSessionError('invalid_argument', message)

function show(value: unknown): string {
  if (typeof value === 'string') return `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}"`
  return typeof value === 'object' && value !== null
    ? Array.isArray(value)
      ? 'an array'
      : 'an object'
    : String(value)
}

/** A finite number from `min` to `max`. */
export function checkNumber(where: string, name: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value
  throw invalid(`${where}: "${name}" must be a number from ${min} to ${max}, not ${show(value)}.`)
}

export function checkText(where: string, name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw invalid(`${where}: "${name}" must be a non-empty string, not ${show(value)}.`)
}

export function checkOptionalBoolean(where: string, name: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value
  throw invalid(`${where}: "${name}" must be true or false, not ${show(value)}.`)
}

export function checkBoolean(where: string, name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw invalid(`${where}: "${name}" must be true or false, not ${show(value)}.`)
}

/** Longest metadata, in characters of its JSON text. */
const maxMetaLength = 2_000

export function checkMeta(where: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`${where}: "meta" must be an object, not ${show(value)}.`)
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
  throw invalid(`${where}: "keys" must be a non-empty array of strings, not ${show(value)}.`)
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
    throw invalid(`${where}: "positions" must be an object of member ids and positions, not ${show(value)}.`)
  }
  for (const position of Object.values(value)) checkPosition(where, position)
  return value as Record<string, string>
}

export function checkDigits(where: string, value: unknown): string {
  if (typeof value === 'string' && /^[0-9A-D*#]{1,100}$/i.test(value)) return value.toUpperCase()
  throw invalid(`${where} takes 1 to 100 of the characters 0-9, A-D, * and #, not ${show(value)}.`)
}

export function checkConstraintsObject(where: string, value: unknown): MediaTrackConstraints {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw invalid(`${where} takes MediaTrackConstraints, e.g. {deviceId: "…"}, not ${show(value)}.`)
}
