import { useEffect, useState } from 'react'
import { Icon } from '../components/Icon.tsx'
import { roomUrl } from '../lib/roomName.ts'

const shownMs = 2500

/** Copies the room's link; where the browser forbids that, shows it to be copied by hand. `wide`: with words on phones too. */
export function InviteButton({ roomName, wide = false }: { roomName: string; wide?: boolean }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), shownMs)
    return () => clearTimeout(timer)
  }, [copied])

  const copy = async () => {
    const link = new URL(roomUrl(roomName), location.href).href
    try {
      await navigator.clipboard.writeText(link)
      setCopied(true)
    } catch {
      // No permission, or not a secure page.
      window.prompt('Copy this link to invite others:', link)
    }
  }

  return (
    <>
      <button
        type="button"
        className="button"
        data-kind="quiet"
        title="Copy invite link"
        aria-label="Copy invite link"
        onClick={() => void copy()}
      >
        <Icon name={copied ? 'check' : 'link'} />
        <span className={wide ? undefined : 'wide-only'}>{copied ? 'Link copied' : 'Copy invite link'}</span>
      </button>
      <span className="for-readers" role="status">
        {copied ? 'Link copied' : ''}
      </span>
    </>
  )
}
