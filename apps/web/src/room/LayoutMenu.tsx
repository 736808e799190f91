import { Icon } from '../components/Icon.tsx'
import { LayoutPicture } from '../components/LayoutPicture.tsx'
import { Menu } from '../components/Menu.tsx'
import { layoutLabel, sortLayouts } from '../lib/layoutNames.ts'

type Props = { layouts: string[]; current: string; onPick: (name: string) => void }

/** The layouts of the room. */
export function LayoutMenu({ layouts, current, onPick }: Props) {
  return (
    <Menu label="Layout" icon="layout" disabled={layouts.length === 0}>
      {(pick) =>
        // The list leaves out some that come by themselves, with a shared screen for instance.
        sortLayouts(current === '' ? layouts : [...new Set([...layouts, current])]).map((name) => (
          <button
            key={name}
            type="button"
            role="menuitemradio"
            aria-checked={name === current}
            tabIndex={-1}
            onClick={() => pick(() => onPick(name))}
          >
            <LayoutPicture name={name} />
            <span className="menu-label">{layoutLabel(name)}</span>
            {name === current && <Icon name="check" />}
          </button>
        ))
      }
    </Menu>
  )
}
