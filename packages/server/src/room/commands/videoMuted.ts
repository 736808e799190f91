import { command } from './command.ts'
import { noParams } from './params.ts'

export const hideVideoMuted = command(noParams, ({ state }) => state.updateFlags({ hideVideoMuted: true }))
export const showVideoMuted = command(noParams, ({ state }) => state.updateFlags({ hideVideoMuted: false }))
