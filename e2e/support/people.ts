import { memberColors } from '@roomful/load-test'
import type { Person } from './fakeDevices.ts'

const names = ['Ada', 'Bo', 'Cleo', 'Dan', 'Eve', 'Finn']

/** Tones that share no overtones, so that distortion of one is not taken for another. */
export const tonesHz = [440, 710, 1130, 1570, 2030, 2570] as const

/** Somebody with a name, a colour and a tone of their own. */
export function person(index: number): Person {
  const color = memberColors[index]
  const toneHz = tonesHz[index]
  const name = names[index]
  if (color === undefined || toneHz === undefined || name === undefined) {
    throw new RangeError(`There are ${names.length} people for tests, not ${index + 1}`)
  }
  return { name, color, toneHz }
}
