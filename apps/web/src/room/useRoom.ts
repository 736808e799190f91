import { isRoomSessionError, RoomSession } from '@roomful/client'
import { useCallback, useEffect, useReducer, useRef, useState, type RefObject } from 'react'
import type { Choice } from '../lobby/Lobby.tsx'
import { recall, remember } from '../lib/storage.ts'
import { requestToken } from '../lib/token.ts'
import { joinWords, leaveWords, toWords } from '../lib/words.ts'
import { listenToRunning } from './listenToRunning.ts'
import type { DeviceChoice } from './DevicesDialog.tsx'
import { initialRoomState, roomReducer, type RoomState } from './roomState.ts'
import { toPlayback, toRecording, toStream } from './running.ts'

export type RoomControls = {
  state: RoomState
  toggleMicrophone(): void
  toggleCamera(): void
  toggleHand(): void
  /** Asks what to share, or stops sharing. */
  toggleScreen(): void
  /** What is in use; empty: the browser's choice. */
  devices: DeviceChoice
  /** Rejects with what the browser says. */
  setDevice(kind: keyof DeviceChoice, deviceId: string): Promise<void>
  setLayout(name: string): void
  startRecording(): void
  /** Rejects with the server's refusal, as does `play`. */
  startStream(url: string): Promise<void>
  play(url: string): Promise<void>
  /** Does something with what runs; what goes wrong becomes the room's problem. Never rejects. */
  attempt(action: () => Promise<unknown>): Promise<void>
  turnSoundOn(): void
  leave(): void
  dismissProblem(): void
}

/**
 * Joins when mounted, leaves when unmounted; in between the room's state and what can be done in it. The
 * picture goes into `stage`. `onLeft` is called once, with the reason in words if there is one.
 */
export function useRoom(
  choice: Choice,
  stage: RefObject<HTMLElement | null>,
  onLeft: (why: string | null) => void,
): RoomControls {
  const [state, dispatch] = useReducer(roomReducer, initialRoomState)
  const room = useRef<RoomSession | null>(null)
  const choosingScreen = useRef(false)
  const [devices, setDevices] = useState<DeviceChoice>(() => ({
    camera: choice.cameraId,
    microphone: choice.microphoneId,
    speaker: recall('speaker'),
  }))
  const onLeftRef = useRef(onLeft)
  onLeftRef.current = onLeft

  useEffect(() => {
    const gone = new AbortController()
    const tell = (problem: string) => dispatch({ type: 'problem', problem })

    const enter = async () => {
      const token = await requestToken(
        {
          roomName: choice.roomName,
          userName: choice.userName,
          audioMuted: !choice.microphoneOn,
          videoMuted: !choice.cameraOn,
        },
        gone.signal,
      )
      if (gone.signal.aborted || !stage.current) return
      // Mirrored, as people know themselves; others see it the right way round.
      const session = new RoomSession({
        token,
        rootElement: stage.current,
        mirrorLocalVideoOverlay: true,
        speakerId: recall('speaker'),
      })
      room.current = session
      let joined = false

      session.on('room.joined', (event) => {
        joined = true
        const { members, layout_name: layout, recording, streaming } = event.room_session
        const { recordings, streams, playbacks } = event.room_session
        const nowMs = performance.now()
        dispatch({
          type: 'joined',
          selfId: event.member_id,
          members,
          layout,
          recording,
          streaming,
          running: {
            recordings: recordings.flatMap((recording) => toRecording(recording) ?? []),
            streams: streams.flatMap((stream) => toStream(stream) ?? []),
            playbacks: playbacks.flatMap((playback) => toPlayback(playback, nowMs) ?? []),
          },
          permissions: session.permissions,
        })
      })
      session.on('memberList.updated', ({ members }) => dispatch({ type: 'members', members }))
      session.on('room.audienceCount', ({ total }) => dispatch({ type: 'audience', count: total }))
      session.on('member.talking', ({ member }) => {
        dispatch({ type: 'talking', memberId: member.id, talking: member.talking })
      })
      session.on('layout.changed', ({ layout }) => dispatch({ type: 'layout', name: layout.name }))
      listenToRunning(session, dispatch, tell)
      session.on('media.reconnecting', () => dispatch({ type: 'reconnecting', now: true }))
      session.on('media.connected', () => dispatch({ type: 'reconnecting', now: false }))
      session.on('media.blocked', () => dispatch({ type: 'soundBlocked', now: true }))
      session.on('media.unblocked', () => dispatch({ type: 'soundBlocked', now: false }))
      session.on('camera.disconnected', () => tell('Your camera was disconnected.'))
      session.on('microphone.disconnected', () => tell('Your microphone was disconnected.'))
      session.on('device.failed', ({ error }) => tell(toWords(error)))
      session.on('room.left', (event) => {
        // While joining, the rejection of `join()` tells more.
        if (joined && !gone.signal.aborted) onLeftRef.current(leaveWords(event))
      })

      await session.join({
        audio: choice.hasMicrophone && deviceConstraints(choice.microphoneId),
        video: choice.hasCamera && deviceConstraints(choice.cameraId),
        receiveAudio: true,
        receiveVideo: true,
      })
      if (gone.signal.aborted) return
      const [layouts] = await Promise.all([
        session.getLayouts(),
        // The token has the server mute us from the start; this also stops the devices.
        choice.hasMicrophone && !choice.microphoneOn ? session.audioMute() : null,
        choice.hasCamera && !choice.cameraOn ? session.videoMute() : null,
      ])
      dispatch({ type: 'layouts', names: layouts.layouts })
    }

    enter().catch((error: unknown) => {
      if (gone.signal.aborted) return
      dispatch({ type: 'failed', problem: joinWords(error) })
    })

    const onPageHide = () => void room.current?.leave().catch(() => undefined)
    window.addEventListener('pagehide', onPageHide)
    return () => {
      gone.abort()
      window.removeEventListener('pagehide', onPageHide)
      const session = room.current
      room.current = null
      // Leaving may fail on a dead connection; `destroy` then closes what is left.
      void session
        ?.leave()
        .catch(() => undefined)
        .finally(() => session.destroy())
    }
  }, [choice, stage])

  const attempt = useCallback(async (action: (session: RoomSession) => Promise<unknown>) => {
    if (!room.current) return
    dispatch({ type: 'problem', problem: null })
    try {
      await action(room.current)
    } catch (error) {
      dispatch({ type: 'problem', problem: toWords(error) })
    }
  }, [])

  const self = state.people.find((person) => person.id === state.selfId)
  return {
    state,
    toggleMicrophone: () => {
      if (!choice.hasMicrophone || !self) return
      void attempt((session) => (self.audioMuted ? session.audioUnmute() : session.audioMute()))
    },
    toggleCamera: () => {
      if (!choice.hasCamera || !self) return
      void attempt((session) => (self.videoMuted ? session.videoUnmute() : session.videoMute()))
    },
    toggleHand: () => {
      if (self) void attempt((session) => session.setRaisedHand({ raised: !self.handRaised }))
    },
    toggleScreen: () => {
      if (!self || choosingScreen.current) return
      choosingScreen.current = true
      void attempt(shareOrStop).finally(() => (choosingScreen.current = false))
    },
    devices,
    setDevice: async (kind, deviceId) => {
      const session = room.current
      if (!session) return
      if (kind === 'speaker') await session.updateSpeaker({ deviceId })
      else if (kind === 'camera') await session.updateCamera(trackConstraints(deviceId))
      else await session.updateMicrophone(trackConstraints(deviceId))
      remember(kind, deviceId)
      setDevices((last) => ({ ...last, [kind]: deviceId }))
    },
    setLayout: (name) => void attempt((session) => session.setLayout({ name })),
    startRecording: () => void attempt((session) => session.startRecording()),
    startStream: async (url) => {
      await room.current?.startStream({ url })
    },
    play: async (url) => {
      await room.current?.play({ url })
    },
    attempt,
    turnSoundOn: () =>
      void attempt(async (session) => {
        await session.resumeAudio()
        dispatch({ type: 'soundBlocked', now: false })
      }),
    leave: () => onLeftRef.current(null),
    dismissProblem: () => dispatch({ type: 'problem', problem: null }),
  }
}

async function shareOrStop(session: RoomSession): Promise<void> {
  const shared = session.screenShareList
  if (shared.length > 0) {
    await Promise.all(shared.map((screen) => screen.leave()))
    return
  }
  try {
    await session.startScreenShare({ audio: true })
  } catch (error) {
    // Closing the browser's dialog is an answer, not a fault.
    if (!isRoomSessionError(error) || error.code !== 'media_permission_denied') throw error
  }
}

function trackConstraints(deviceId: string): MediaTrackConstraints {
  return deviceId === '' ? {} : { deviceId: { exact: deviceId } }
}

/** `ideal`, not `exact`: a device unplugged since then is no reason not to join. */
function deviceConstraints(deviceId: string): true | MediaTrackConstraints {
  return deviceId === '' ? true : { deviceId: { ideal: deviceId } }
}
