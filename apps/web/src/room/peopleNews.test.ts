import { expect, it } from 'vitest'
import { peopleNews } from './peopleNews.ts'
import type { Person } from './roomState.ts'

const person = (name: string, more: Partial<Person> = {}): Person => ({
  id: name,
  name,
  audioMuted: false,
  videoMuted: false,
  talking: false,
  handRaised: false,
  sharing: false,
  ...more,
})
const ada = person('Ada')
const ben = person('Ben')

it('tells who comes, goes, raises a hand and shares a screen', () => {
  expect(peopleNews([ada], [ada, ben], 'Ada')).toBe('Ben joined.')
  expect(peopleNews([ada, ben], [ada], 'Ada')).toBe('Ben left.')
  expect(peopleNews([ada, ben], [ada, person('Ben', { handRaised: true })], 'Ada')).toBe('Ben raised a hand.')
  expect(peopleNews([ada, ben], [ada, person('Ben', { sharing: true })], 'Ada')).toBe('Ben shares a screen.')
})

it('says nothing of the first list, of oneself, of talking', () => {
  expect(peopleNews([], [ada, ben], 'Ada')).toBe('')
  expect(peopleNews([ada, ben], [person('Ada', { handRaised: true }), ben], 'Ada')).toBe('')
  expect(peopleNews([ada, ben], [ada, person('Ben', { talking: true })], 'Ada')).toBe('')
})
