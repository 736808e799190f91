import { randomUUID } from 'node:crypto'
import type { ServerEventType } from '@roomful/protocol'
import { makeOffer } from '../support/offer.ts'
import { startTestServer } from '../support/startTestServer.ts'
import type { Frame, TestClient } from '../support/TestClient.ts'

/** Every event there is; that none is missing, the compiler sees. */
const types: Record<ServerEventType, true> = {
  'video.room.subscribed': true,
  'video.room.started': true,
  'video.room.updated': true,
  'video.room.ended': true,
  'video.room.audience_count': true,
  'video.room.digits': true,
  'video.member.joined': true,
  'video.member.updated': true,
  'video.member.left': true,
  'video.member.talking': true,
  'video.member.promoted': true,
  'video.member.demoted': true,
  'video.layout.changed': true,
  'video.recording.started': true,
  'video.recording.updated': true,
  'video.recording.ended': true,
  'video.playback.started': true,
  'video.playback.updated': true,
  'video.playback.ended': true,
  'video.stream.started': true,
  'video.stream.updated': true,
  'video.stream.ended': true,
}
export const allEventTypes = Object.keys(types)

/** The first event of each type that somebody is told in a session in which everything happens once. */
export async function runSession(): Promise<Map<string, Frame>> {
  await using test = await startTestServer({ room: { quality: '720p', fps: 25, maxMembers: 20 } })
  const ada = await test.join({ r: 'standup', u: 'Ada' })
  const ben = await test.join({ r: 'standup', u: 'Ben' })
  const receiveOnly = makeOffer('viewer', { audio: 'recvonly', video: 'recvonly' })
  const vera = await test.join({ r: 'standup', u: 'Vera', ja: 'audience' }, { sdp: receiveOnly })
  const { room: media } = test.media
  const request = async (method: string, params: Frame = {}): Promise<Frame> => {
    const { result } = await ada.request(method, params)
    return result as Frame
  }
  await test.pass(2000)
  await request('video.member.audio_mute', { member_id: ben.memberId })
  await request('video.lock')
  media.emit({ type: 'talking', sourceId: ada.memberId, talking: true })
  await ada.verto('verto.info', { dialogParams: { callID: ada.callId }, dtmf: '1#' })

  const { recording } = await request('video.recording.start')
  await test.pass(5000)
  await request('video.recording.pause', { recording_id: recording.id })
  await request('video.recording.stop', { recording_id: recording.id })
  const { stream } = await request('video.stream.start', { url: 'rtmp://live.example.com/app/key' })
  const message = 'live.example.com closed the connection'
  media.emit({ type: 'output.state', outputId: stream.id, state: 'reconnecting', message })
  await ada.event('video.stream.updated')
  await request('video.stream.stop', { stream_id: stream.id })
  const { playback } = await request('video.playback.start', { url: 'https://media.example.com/film.mp4' })
  await request('video.playback.pause', { playback_id: playback.id })
  await request('video.playback.stop', { playback_id: playback.id })

  await request('video.unlock')
  await request('video.member.promote', { member_id: vera.memberId })
  await vera.joinRoom({ callId: randomUUID(), sdp: makeOffer('with a camera') })
  await request('video.member.demote', { member_id: vera.memberId })
  await vera.event('video.member.demoted')
  await ben.verto('verto.bye', { dialogParams: { callID: ben.callId } })
  await request('video.member.remove', { member_id: 'all' })
  await ada.event('video.room.ended')
  return firstOfEach([ada, ben, vera])
}

function firstOfEach(clients: readonly TestClient[]): Map<string, Frame> {
  const first = new Map<string, Frame>()
  for (const { params } of clients.flatMap(({ frames }) => frames)) {
    const type = params?.event_type as string | undefined
    if (type?.startsWith('video.') && !first.has(type)) first.set(type, params.params as Frame)
  }
  return first
}
