import { Icon, type IconName } from './Icon.tsx'

type Props = {
  /** What pressing does, e.g. "Raise hand"; stays the same while pressed. */
  label: string
  /** What pressing again does, for the tooltip. */
  undoLabel: string
  icon: IconName
  pressed: boolean
  shortcut: string
  disabled: boolean
  /** Not in the bar of a phone. */
  wideOnly?: boolean
  onPress: () => void
}

/** A round button that stays pressed; bright while it is. */
export function PressButton(props: Props) {
  const { label, undoLabel, icon, pressed, shortcut, disabled, wideOnly = false, onPress } = props
  return (
    <button
      type="button"
      className={wideOnly ? 'round-button not-on-phones' : 'round-button'}
      aria-pressed={pressed}
      aria-label={label}
      aria-keyshortcuts={shortcut}
      title={`${pressed ? undoLabel : label} (${shortcut})`}
      disabled={disabled}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  )
}
