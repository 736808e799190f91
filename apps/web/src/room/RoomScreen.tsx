import { useEffect, useRef, useState } from 'react'
import { Icon } from '../components/Icon.tsx'
import { Logo } from '../components/Logo.tsx'
import { useAtLeast } from '../hooks/useAtLeast.ts'
import { useShortcuts } from '../hooks/useShortcuts.ts'
import type { Choice } from '../lobby/Lobby.tsx'
import { Badges } from './Badges.tsx'
import { Controls } from './Controls.tsx'
import { InviteButton } from './InviteButton.tsx'
import { MemberList, PeopleNews } from './MemberList.tsx'
import { PlaybackBar } from './PlaybackBar.tsx'
import { useRoom } from './useRoom.ts'

type Props = { choice: Choice; onLeave: (why: string | null) => void }

/** The media often comes back sooner than one has read that it was gone. */
const readableMs = 1500

export function RoomScreen({ choice, onLeave }: Props) {
  const stage = useRef<HTMLDivElement>(null)
  const room = useRoom(choice, stage, onLeave)
  const { state } = room
  // In a short, wide window (a phone on its side) the picture needs all the room there is.
  const [listShown, setListShown] = useState(() => !matchMedia('(max-height: 480px)').matches)

  const reconnecting = useAtLeast(state.reconnecting, readableMs)
  useEffect(() => {
    document.title = `${choice.roomName} · Roomful`
    return () => void (document.title = 'Roomful')
  }, [choice.roomName])
  const { playbacks } = state.running
  const newest = playbacks.at(-1)

  useShortcuts({
    m: room.toggleMicrophone,
    v: room.toggleCamera,
    ...(state.may.raiseHand && { h: room.toggleHand }),
    ...(state.may.share && { s: room.toggleScreen }),
    Escape: room.dismissProblem,
    ...(newest && {
      p: () => void room.attempt(() => (newest.paused ? newest.control.resume() : newest.control.pause())),
    }),
  })

  return (
    <div className="room" data-list={listShown}>
      <header className="room-head">
        <Logo />
        <h1 title={choice.roomName}>{choice.roomName}</h1>
        <Badges {...state} />
        <InviteButton roomName={choice.roomName} />
      </header>
      <main className="stage" aria-label="Picture of the room">
        <div className="stage-frame" data-phase={state.phase}>
          <div ref={stage} className="stage-picture" data-testid="stage" />
          {state.phase === 'joining' && (
            <div className="stage-cover" role="status">
              <span className="spinner" aria-hidden="true" />
              <p>Joining…</p>
            </div>
          )}
          {state.phase === 'failed' && (
            <div className="stage-cover" role="alert">
              <h2>You could not join</h2>
              <p>{state.problem}</p>
              <button type="button" className="button" data-kind="primary" onClick={room.leave} autoFocus>
                Back
              </button>
            </div>
          )}
          <div className="banners">
            {/* There all the time: only what changes in it is read out. */}
            <div role="status">
              {reconnecting && (
                <p className="banner">
                  <span className="spinner" aria-hidden="true" /> The connection broke. Reconnecting…
                </p>
              )}
            </div>
            {state.phase === 'joined' && state.problem && (
              <p className="banner" data-kind="problem" role="alert">
                {state.problem}
                <button
                  type="button"
                  className="plain-button"
                  aria-label="Dismiss"
                  onClick={room.dismissProblem}
                >
                  <Icon name="close" />
                </button>
              </p>
            )}
          </div>
          {state.soundBlocked && (
            <button
              type="button"
              className="button sound-button"
              data-kind="primary"
              onClick={room.turnSoundOn}
            >
              <Icon name="sound" /> Turn sound on
            </button>
          )}
        </div>
      </main>
      {playbacks.length > 0 && (
        <div className="playbacks">
          {playbacks.map((playback) => (
            <PlaybackBar
              key={playback.id}
              playback={playback}
              hasKey={playback === newest}
              attempt={room.attempt}
            />
          ))}
        </div>
      )}
      {state.phase === 'joined' && <PeopleNews people={state.people} selfId={state.selfId} />}
      {listShown && state.phase !== 'failed' && <MemberList state={state} roomName={choice.roomName} />}
      {state.phase !== 'failed' && (
        <Controls
          choice={choice}
          room={room}
          listShown={listShown}
          onToggleList={() => setListShown(!listShown)}
        />
      )}
    </div>
  )
}
