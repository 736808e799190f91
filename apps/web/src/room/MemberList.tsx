import { Icon } from '../components/Icon.tsx'
import type { Person } from './roomState.ts'

/** Everybody in the room: who talks, who is muted. */
export function MemberList({ people, selfId }: { people: Person[]; selfId: string }) {
  return (
    <aside className="members" id="members" aria-label="People in the room">
      <h2>
        People <span className="count">{people.length}</span>
      </h2>
      {/* Scrolls: the keyboard must reach it. */}
      <ul tabIndex={0} aria-label="Members">
        {people.map((person) => (
          <li key={person.id} data-talking={person.talking && !person.audioMuted}>
            <span className="avatar" aria-hidden="true">
              {[...person.name.trim()][0]?.toLocaleUpperCase() ?? '·'}
            </span>
            <span className="member-name">
              {person.name}
              {person.id === selfId && <span className="quiet"> (you)</span>}
            </span>
            <MemberMarks person={person} />
          </li>
        ))}
      </ul>
    </aside>
  )
}

function MemberMarks({ person }: { person: Person }) {
  const words = [
    person.talking && !person.audioMuted && 'talking',
    person.audioMuted && 'microphone off',
    person.videoMuted && 'camera off',
  ].filter(Boolean)
  return (
    <span className="marks">
      {person.talking && !person.audioMuted && (
        <span className="wave" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
      )}
      {person.videoMuted && <Icon name="cameraOff" />}
      {person.audioMuted && <Icon name="microphoneOff" />}
      <span className="for-readers">{words.join(', ')}</span>
    </span>
  )
}
