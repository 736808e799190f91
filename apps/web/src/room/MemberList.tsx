import { Icon } from '../components/Icon.tsx'
import { InviteButton } from './InviteButton.tsx'
import { usePeopleNews } from './peopleNews.ts'
import type { Person, RoomState } from './roomState.ts'

type Props = { state: RoomState; roomName: string }

/** Everybody in the room: who talks, who is muted, who wants to say something, who shows a screen. */
export function MemberList({ state: { people, selfId, audienceCount, phase }, roomName }: Props) {
  const alone = phase === 'joined' && people.length === 1
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
            <span className="member-name" title={person.name}>
              {person.name}
              {person.id === selfId && <span className="quiet"> (you)</span>}
            </span>
            <MemberMarks person={person} />
          </li>
        ))}
      </ul>
      {alone && (
        <div className="members-empty">
          <p className="quiet">Nobody else is here yet. Send them the link.</p>
          <InviteButton roomName={roomName} wide />
        </div>
      )}
      {audienceCount > 0 && <p className="quiet members-audience">{audienceCount} watching</p>}
    </aside>
  )
}

/** Reads out who comes and goes, and who raises a hand; shows nothing. */
export function PeopleNews({ people, selfId }: Pick<RoomState, 'people' | 'selfId'>) {
  return (
    <p className="for-readers" role="status">
      {usePeopleNews(people, selfId)}
    </p>
  )
}

function MemberMarks({ person }: { person: Person }) {
  const words = [
    person.handRaised && 'hand raised',
    person.sharing && 'sharing a screen',
    person.talking && !person.audioMuted && 'talking',
    person.audioMuted && 'microphone off',
    person.videoMuted && 'camera off',
  ].filter(Boolean)
  return (
    <span className="marks">
      {person.handRaised && (
        <span className="mark-hand">
          <Icon name="hand" />
        </span>
      )}
      {person.sharing && (
        <span className="mark-screen">
          <Icon name="screen" />
        </span>
      )}
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
