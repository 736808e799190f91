import { useEffect, useState } from 'react'

const tickMs = 250

/** `performance.now()`, kept fresh while `running`. */
export function useNow(running: boolean): number {
  const [, tick] = useState(0)
  useEffect(() => {
    if (!running) return
    const timer = setInterval(() => tick((count) => count + 1), tickMs)
    return () => clearInterval(timer)
  }, [running])
  return performance.now()
}
