import { useRef } from 'react'
import type { Person } from './roomState.ts'

/** What has happened since the last time, as one would tell it; empty if nothing worth telling. */
export function usePeopleNews(people: readonly Person[], selfId: string): string {
  const seen = useRef<readonly Person[]>([])
  const told = useRef('')
  if (seen.current !== people) {
    told.current = peopleNews(seen.current, people, selfId) || told.current
    seen.current = people
  }
  return told.current
}

/** The difference of two lists of people, oneself left out, in words. */
export function peopleNews(before: readonly Person[], now: readonly Person[], selfId: string): string {
  // The first list is no news: everybody was there.
  if (before.length === 0) return ''
  const last = new Map(before.map((person) => [person.id, person]))
  const present = new Set(now.map(({ id }) => id))
  const news = now.map((person) => {
    const old = last.get(person.id)
    if (person.id === selfId) return undefined
    if (!old) return `${person.name} joined.`
    if (person.handRaised && !old.handRaised) return `${person.name} raised a hand.`
    if (person.sharing && !old.sharing) return `${person.name} shares a screen.`
    return undefined
  })
  const gone = before.filter(({ id }) => !present.has(id)).map(({ name }) => `${name} left.`)
  return [...news, ...gone].filter(Boolean).join(' ')
}
