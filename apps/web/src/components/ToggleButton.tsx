import { Icon, type IconName } from './Icon.tsx'

type Props = {
  /** What the switch is for, e.g. "Microphone". */
  label: string
  on: boolean
  icons: { on: IconName; off: IconName }
  onToggle: () => void
  /** Key that does the same, shown in the tooltip. */
  shortcut?: string
  /** Why it cannot be used; undefined if it can. */
  unavailable?: string | undefined
}

/** A round switch for a camera or a microphone; red when off. */
export function ToggleButton({ label, on, icons, onToggle, shortcut, unavailable }: Props) {
  const what = unavailable ?? `Turn ${label.toLowerCase()} ${on ? 'off' : 'on'}`
  return (
    <button
      type="button"
      className="round-button"
      data-off={!on}
      role="switch"
      aria-checked={on}
      aria-label={label}
      aria-keyshortcuts={shortcut}
      title={shortcut && !unavailable ? `${what} (${shortcut})` : what}
      disabled={unavailable !== undefined}
      onClick={onToggle}
    >
      <Icon name={on ? icons.on : icons.off} />
    </button>
  )
}
