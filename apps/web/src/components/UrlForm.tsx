import { useEffect, useId, useRef, useState, type FormEvent, type ReactNode } from 'react'
import { toWords } from '../lib/words.ts'

type Props = {
  label: string
  placeholder: string
  /** What may be typed, and what comes of it. */
  hint: ReactNode
  action: string
  /** What the button says while it is being done. */
  busyAction: string
  /** What a rejection says is shown below the field. */
  onSubmit: (url: string) => Promise<void>
}

/** A field for a URL, and a button that does something with it. */
export function UrlForm({ label, placeholder, hint, action, busyAction, onSubmit }: Props) {
  const [url, setUrl] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const input = useRef<HTMLInputElement>(null)
  const id = useId()
  useEffect(() => input.current?.focus(), [])

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    setProblem(null)
    try {
      await onSubmit(url.trim())
      setUrl('')
    } catch (error) {
      setProblem(toWords(error))
    } finally {
      setBusy(false)
      input.current?.focus()
    }
  }

  return (
    <form className="url-form" onSubmit={(event) => void submit(event)}>
      <div className="field">
        <label htmlFor={id}>{label}</label>
        <input
          ref={input}
          id={id}
          // Not "url": the browser would refuse in other words than the server's.
          type="text"
          inputMode="url"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
          maxLength={2048}
          placeholder={placeholder}
          value={url}
          readOnly={busy}
          aria-invalid={problem !== null}
          aria-describedby={`${id}-hint${problem === null ? '' : ` ${id}-problem`}`}
          onChange={(event) => {
            setUrl(event.currentTarget.value)
            setProblem(null)
          }}
        />
      </div>
      {problem !== null && (
        <p className="notice" data-kind="problem" role="alert" id={`${id}-problem`}>
          {problem}
        </p>
      )}
      <p className="quiet hint" id={`${id}-hint`}>
        {hint}
      </p>
      <button type="submit" className="button" data-kind="primary" aria-disabled={busy}>
        {busy && <span className="spinner" aria-hidden="true" />}
        {busy ? busyAction : action}
      </button>
    </form>
  )
}
