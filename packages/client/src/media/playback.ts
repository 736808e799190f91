const gestures = ['pointerdown', 'keydown', 'touchend', 'click'] as const

/**
 * Plays a media element, and again whenever it was paused by the browser. If the browser wants a gesture of
 * the user first, the next one on the page starts it.
 */
export function playWhenAllowed(
  element: HTMLMediaElement,
  handlers: { onBlocked: () => void; onUnblocked: () => void },
): { play: () => Promise<boolean>; stop: () => void } {
  let blocked = false
  let stopped = false

  const waitForGesture = (wait: boolean) => {
    for (const gesture of gestures) {
      if (wait) document.addEventListener(gesture, onGesture, { capture: true })
      else document.removeEventListener(gesture, onGesture, { capture: true })
    }
  }

  /** Whether it plays. */
  const play = async (): Promise<boolean> => {
    try {
      await element.play()
    } catch (error) {
      // An AbortError means only that another source was set meanwhile.
      if (stopped || (error as DOMException).name !== 'NotAllowedError') return !element.paused
      if (!blocked) {
        blocked = true
        waitForGesture(true)
        handlers.onBlocked()
      }
      return false
    }
    if (blocked) {
      blocked = false
      waitForGesture(false)
      if (!stopped) handlers.onUnblocked()
    }
    return true
  }

  const onGesture = () => void play()
  // Some browsers pause media when the page is hidden or a headset is unplugged.
  const onPause = () => {
    if (!stopped && element.srcObject) void play()
  }
  element.addEventListener('pause', onPause)

  return {
    play,
    stop: () => {
      stopped = true
      waitForGesture(false)
      element.removeEventListener('pause', onPause)
    },
  }
}
