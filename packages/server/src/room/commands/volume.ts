import { command, memberOf, targetOf } from './command.ts'
import { fields, memberParams } from './params.ts'

const volumeParams = memberParams.extend({ volume: fields.volumeDb })

export const setInputVolume = command(volumeParams, (context, { member_id, volume }) => {
  context.state.update(memberOf(context, member_id), { inputVolumeDb: volume })
})

export const setOutputVolume = command(volumeParams, (context, { member_id, volume }) => {
  context.state.update(targetOf(context, member_id), { outputVolumeDb: volume })
})

export const setInputSensitivity = command(
  memberParams.extend({ value: fields.sensitivity }),
  (context, { member_id, value }) => {
    context.state.update(memberOf(context, member_id), { inputSensitivity: value })
  },
)
