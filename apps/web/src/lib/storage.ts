/** Small things remembered from visit to visit. A browser that keeps nothing is no reason to fail. */
export function recall(key: string): string {
  try {
    return localStorage.getItem(`roomful.${key}`) ?? ''
  } catch {
    return ''
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`roomful.${key}`, value)
  } catch {
    // Private window or storage switched off: it is asked again next time.
  }
}
