import { listedLayoutNames } from '@roomful/protocol'
import { command } from './command.ts'
import { fields, noParams } from './params.ts'
import { applyPlacements, checkPositions } from './position.ts'

export const listAvailableLayouts = command(noParams, () => ({ layouts: [...listedLayoutNames] }))

export const setLayout = command(
  noParams.extend({ name: fields.layoutName, positions: fields.positions.nullish() }),
  (context, { name, positions }) => {
    const placements = checkPositions(context, name, positions ?? {})
    // Who chooses while a screen is shown, chooses for later too.
    context.state.chooseLayout(name)
    applyPlacements(context, placements)
  },
)
