import { command } from './command.ts'
import { noParams } from './params.ts'

export const lock = command(noParams, ({ state }) => state.updateFlags({ locked: true }))
export const unlock = command(noParams, ({ state }) => state.updateFlags({ locked: false }))
