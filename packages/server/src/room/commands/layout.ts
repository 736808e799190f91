import { layoutNames, listedLayoutNames } from '@roomful/protocol'
import { z } from 'zod'
import { command } from './command.ts'
import { fields, noParams } from './params.ts'
import { applyPlacements, checkPositions } from './position.ts'

export const listAvailableLayouts = command(noParams, () => ({ layouts: [...listedLayoutNames] }))

const layoutName = z.enum(layoutNames, {
  error: ({ input }) =>
    `no layout ${JSON.stringify(String(input).slice(0, 50))}; there are: ${layoutNames.join(', ')}`,
})

export const setLayout = command(
  noParams.extend({ name: layoutName, positions: fields.positions.nullish() }),
  (context, { name, positions }) => {
    const placements = checkPositions(context, name, positions ?? {})
    context.state.updateFlags({ layoutName: name })
    // Who chooses while a screen is shown, chooses for later too.
    context.state.layoutBeforeShare = null
    applyPlacements(context, placements)
  },
)
