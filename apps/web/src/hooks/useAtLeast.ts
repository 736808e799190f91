import { useEffect, useRef, useState } from 'react'

/** True while `on` is, but for `leastMs` at least. */
export function useAtLeast(on: boolean, leastMs: number): boolean {
  const [held, setHeld] = useState(false)
  const sinceMs = useRef(0)
  useEffect(() => {
    if (on) {
      sinceMs.current = performance.now()
      setHeld(true)
      return
    }
    const leftMs = sinceMs.current + leastMs - performance.now()
    const timer = setTimeout(() => setHeld(false), Math.max(0, leftMs))
    return () => clearTimeout(timer)
  }, [on, leastMs])
  return on || held
}
