import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { Icon } from '../components/Icon.tsx'
import { layoutLabel, sortLayouts } from '../lib/layoutNames.ts'

type Props = { layouts: string[]; current: string; onPick: (name: string) => void }

/** The layouts of the room, as a menu: arrows move, Enter picks, Esc closes. */
export function LayoutMenu({ layouts, current, onPick }: Props) {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLDivElement>(null)

  useEffect(() => {
    if (!open) return
    const picked = list.current?.querySelector<HTMLElement>('[aria-checked="true"], [role="menuitemradio"]')
    picked?.focus()
    const onPointer = (event: PointerEvent) => {
      const inside = event.target instanceof Node && list.current?.parentElement?.contains(event.target)
      if (!inside) setOpen(false)
    }
    window.addEventListener('pointerdown', onPointer)
    return () => window.removeEventListener('pointerdown', onPointer)
  }, [open])

  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Tab') return setOpen(false)
    if (event.key === 'Escape') close()
    else if (!moveFocus(event.key, list.current)) return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div className="menu-anchor">
      <button
        ref={button}
        type="button"
        className="round-button"
        aria-label="Layout"
        title="Layout"
        aria-haspopup="menu"
        aria-expanded={open}
        disabled={layouts.length === 0}
        onClick={() => setOpen(!open)}
      >
        <Icon name="layout" />
      </button>
      {open && (
        <div ref={list} className="menu" role="menu" aria-label="Layout" onKeyDown={onKeyDown}>
          {sortLayouts(layouts).map((name) => (
            <button
              key={name}
              type="button"
              role="menuitemradio"
              aria-checked={name === current}
              tabIndex={-1}
              onClick={() => {
                onPick(name)
                close()
              }}
            >
              {layoutLabel(name)}
              {name === current && <Icon name="check" />}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}

/** Moves the focus among the items of `menu`; false for keys that do not. */
function moveFocus(key: string, menu: HTMLElement | null): boolean {
  const items = [...(menu?.querySelectorAll<HTMLElement>('[role="menuitemradio"]') ?? [])]
  const at = items.findIndex((item) => item === document.activeElement)
  const targets: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }
  const target = targets[key]
  if (target === undefined || items.length === 0) return false
  items.at(target % items.length)?.focus()
  return true
}
