import { describe, expect, it } from 'vitest'
import { initialRoomState, roomReducer, type RoomAction, type RoomState } from './roomState.ts'

const ada = { id: 'a', name: 'Ada', type: 'member', audio_muted: false, video_muted: false }
const ben = { id: 'b', name: 'Ben', type: 'member', audio_muted: true, video_muted: false }
const screen = { id: 's', name: 'Ada', type: 'screen' }

function after(...actions: RoomAction[]): RoomState {
  return actions.reduce(roomReducer, initialRoomState)
}
const joined: RoomAction = {
  type: 'joined',
  selfId: 'b',
  members: [ada, screen, ben],
  layout: 'grid-responsive',
  recording: true,
  streaming: false,
  running: { recordings: [], streams: [], playbacks: [] },
  permissions: ['room.recording'],
}

describe('roomReducer', () => {
  it('lists people, oneself first, without screens', () => {
    const state = after(joined)
    expect(state.phase).toBe('joined')
    expect(state.people.map(({ name }) => name)).toEqual(['Ben', 'Ada'])
    expect(state.people[0]?.audioMuted).toBe(true)
  })

  it('marks who shares a screen and who raises a hand, and counts those who watch', () => {
    const shared = { ...screen, parent_id: 'a' }
    const state = after(
      joined,
      { type: 'members', members: [{ ...ada, handraised: true }, ben, shared] },
      { type: 'audience', count: 3 },
    )
    expect(state.people).toMatchObject([
      { name: 'Ben', sharing: false, handRaised: false },
      { name: 'Ada', sharing: true, handRaised: true },
    ])
    expect(state.audienceCount).toBe(3)
    expect(after(joined, { type: 'members', members: [ada, ben] }).people[1]?.sharing).toBe(false)
  })

  it('keeps who is talking when a list does not say', () => {
    const state = after(
      joined,
      { type: 'talking', memberId: 'a', talking: true },
      { type: 'members', members: [{ ...ada, audio_muted: true }, ben] },
    )
    expect(state.people.find(({ id }) => id === 'a')).toMatchObject({ talking: true, audioMuted: true })
  })

  it('drops those who have left, and ignores talking of strangers', () => {
    const state = after(
      joined,
      { type: 'members', members: [ben] },
      { type: 'talking', memberId: 'a', talking: true },
    )
    expect(state.people).toHaveLength(1)
    expect(state.people).toMatchObject([
      { id: 'b', name: 'Ben', audioMuted: true, videoMuted: false, talking: false },
    ])
  })

  it('clears a problem when joining works after all', () => {
    expect(after({ type: 'failed', problem: 'No.' }, joined)).toMatchObject({
      phase: 'joined',
      problem: null,
    })
  })

  it('knows from joining on whether the room is recorded, and what one may do', () => {
    const state = after(joined)
    expect(state).toMatchObject({ recording: true, streaming: false })
    expect(state.may).toMatchObject({ record: true, stream: false, play: false, share: false })
    const later = after(joined, { type: 'room', recording: undefined, streaming: true })
    expect(later).toMatchObject({ recording: true, streaming: true })
    expect(roomReducer(later, { type: 'room', recording: false, streaming: undefined })).toMatchObject({
      recording: false,
      streaming: true,
    })
  })

  it('keeps what runs until it has ended', () => {
    const control = { pause: async () => {}, resume: async () => {}, stop: async () => {} }
    const paused = { id: 'r', paused: true, control }
    const state = after(joined, { type: 'recording', id: 'r', now: paused })
    expect(state.running).toEqual({ recordings: [paused], streams: [], playbacks: [] })
    const ended = roomReducer(state, { type: 'recording', id: 'r', now: null })
    expect(ended.running.recordings).toEqual([])
  })
})
