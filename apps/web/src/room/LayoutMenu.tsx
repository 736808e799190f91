import { Icon } from '../components/Icon.tsx'
import { Menu } from '../components/Menu.tsx'
import { layoutLabel, sortLayouts } from '../lib/layoutNames.ts'

type Props = { layouts: string[]; current: string; onPick: (name: string) => void }

/** The layouts of the room. */
export function LayoutMenu({ layouts, current, onPick }: Props) {
  return (
    <Menu label="Layout" icon="layout" disabled={layouts.length === 0}>
      {(pick) =>
        sortLayouts(layouts).map((name) => (
          <button
            key={name}
            type="button"
            role="menuitemradio"
            aria-checked={name === current}
            tabIndex={-1}
            onClick={() => pick(() => onPick(name))}
          >
            {layoutLabel(name)}
            {name === current && <Icon name="check" />}
          </button>
        ))
      }
    </Menu>
  )
}
