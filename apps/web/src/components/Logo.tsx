export function Logo() {
  return (
    <span className="logo">
      <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
        <rect width="9" height="9" rx="2.5" className="logo-first" />
        <rect x="11" width="9" height="9" rx="2.5" />
        <rect y="11" width="9" height="9" rx="2.5" />
        <rect x="11" y="11" width="9" height="9" rx="2.5" className="logo-last" />
      </svg>
      <span className="logo-name">Roomful</span>
    </span>
  )
}
