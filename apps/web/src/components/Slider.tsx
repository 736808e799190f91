import { useRef, useState, type CSSProperties, type KeyboardEvent } from 'react'

type Props = {
  label: string
  value: number
  min: number
  max: number
  /** How far an arrow key goes. */
  step: number
  /** The value in words, for those who do not see it. */
  toText: (value: number) => string
  /** Told while it is moved; null once that has been done. */
  onMove?: (value: number | null) => void
  /** Told when it is let go, once at a time: what was chosen last meanwhile comes next. Never rejects. */
  onPick: (value: number) => Promise<void>
}

const arrows: Record<string, number> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }

/** A slider that stays where the user puts it until that has been done. */
export function Slider({ label, value, min, max, step, toText, onMove, onPick }: Props) {
  const [draft, setDraft] = useState<number | null>(null)
  /** The same, for handlers that were made before. */
  const latest = useRef<number | null>(null)
  const dragging = useRef(false)
  const busy = useRef(false)
  const next = useRef<number | null>(null)

  const move = (to: number | null) => {
    latest.current = to
    setDraft(to)
    onMove?.(to)
  }
  const pick = async (picked: number) => {
    next.current = picked
    if (busy.current) return
    busy.current = true
    while (next.current !== null) {
      const wanted = next.current
      next.current = null
      await onPick(wanted)
    }
    busy.current = false
    if (!dragging.current) move(null)
  }
  const moveByHand = (to: number) => {
    move(to)
    if (!dragging.current) void pick(to)
  }
  const onPointerDown = () => {
    dragging.current = true
    const events = ['pointerup', 'pointercancel'] as const
    const letGo = () => {
      for (const name of events) window.removeEventListener(name, letGo)
      dragging.current = false
      if (latest.current !== null) void pick(latest.current)
    }
    for (const name of events) window.addEventListener(name, letGo)
  }

  const shown = Math.min(max, Math.max(min, draft ?? value))
  const onKeyDown = (event: KeyboardEvent) => {
    const direction = arrows[event.key]
    if (direction === undefined) return
    event.preventDefault()
    moveByHand(Math.min(max, Math.max(min, shown + direction * step)))
  }
  return (
    <input
      type="range"
      className="slider"
      style={{ '--filled': max > min ? (shown - min) / (max - min) : 0 } as CSSProperties}
      aria-label={label}
      aria-valuetext={toText(shown)}
      title={label}
      min={min}
      max={max}
      step="any"
      value={shown}
      onChange={(event) => moveByHand(event.currentTarget.valueAsNumber)}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
    />
  )
}
