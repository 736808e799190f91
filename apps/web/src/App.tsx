import { useCallback, useState } from 'react'
import { Lobby, type Choice } from './lobby/Lobby.tsx'
import { RoomScreen } from './room/RoomScreen.tsx'
import { roomUrl } from './lib/roomName.ts'

/** The lobby until one joins, the room until one leaves. */
export function App() {
  const [choice, setChoice] = useState<Choice | null>(null)
  const [notice, setNotice] = useState<string | null>(null)

  const join = useCallback((next: Choice) => {
    history.replaceState(null, '', roomUrl(next.roomName))
    setNotice(null)
    setChoice(next)
  }, [])
  const leave = useCallback((why: string | null) => {
    setNotice(why)
    setChoice(null)
  }, [])

  return choice ? <RoomScreen choice={choice} onLeave={leave} /> : <Lobby notice={notice} onJoin={join} />
}
