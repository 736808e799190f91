import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { Icon, type IconName } from './Icon.tsx'

type Props = {
  label: string
  icon: IconName
  /** Marks the button: something that it controls is going on. */
  active?: boolean
  disabled?: boolean
  /** The items, `menuitem` or `menuitemradio`; call `pick` with what one does. */
  children: (pick: (action: () => void) => void) => ReactNode
}

const itemSelector = '[role^="menuitem"]:not(:disabled)'

/** A round button with a menu: arrows move, Enter picks, Esc closes. */
export function Menu({ label, icon, active = false, disabled = false, children }: Props) {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLDivElement>(null)

  useEffect(() => {
    if (!open) return
    const items = list.current
    const first =
      items?.querySelector<HTMLElement>('[aria-checked="true"]') ?? items?.querySelector(itemSelector)
    if (first instanceof HTMLElement) first.focus()
    const onPointer = (event: PointerEvent) => {
      const inside = event.target instanceof Node && items?.parentElement?.contains(event.target)
      if (!inside) setOpen(false)
    }
    window.addEventListener('pointerdown', onPointer)
    return () => window.removeEventListener('pointerdown', onPointer)
  }, [open])

  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  const pick = (action: () => void) => {
    // First, so that a dialog that the action opens gives the focus back to the button.
    close()
    action()
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
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        data-active={active}
        disabled={disabled}
        onClick={() => setOpen(!open)}
      >
        <Icon name={icon} />
      </button>
      {open && (
        <div ref={list} className="menu" role="menu" aria-label={label} onKeyDown={onKeyDown}>
          {children(pick)}
        </div>
      )}
    </div>
  )
}

/** Moves the focus among the items of `menu`; false for keys that do not. */
function moveFocus(key: string, menu: HTMLElement | null): boolean {
  const items = [...(menu?.querySelectorAll<HTMLElement>(itemSelector) ?? [])]
  const at = items.findIndex((item) => item === document.activeElement)
  const targets: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }
  const target = targets[key]
  if (target === undefined || items.length === 0) return false
  items.at(target % items.length)?.focus()
  return true
}
