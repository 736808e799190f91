import type { Authorization } from '@roomful/protocol'
import { RoomSessionError } from '../errors.ts'
import type { MediaKind } from '../media/kinds.ts'
import { mediaKinds } from '../media/kinds.ts'
import type { JoinParams } from '../options.ts'
import { sends, type Directions } from './Peer.ts'

type Rights = Pick<Authorization, 'join_as' | 'audio_allowed' | 'video_allowed'>

/** Whether the token allows a kind to be sent. */
export function maySend(rights: Rights, kind: MediaKind): boolean {
  return rights.join_as === 'member' && rights[`${kind}_allowed`] === 'both'
}

/**
 * What is sent and received: what was asked for in `join()`, as far as the token allows it. Throws if
 * nothing is left.
 */
export function resolveDirections(rights: Rights, params: JoinParams): Directions {
  const asked = {
    audio: { base: params.audio ?? true, send: params.sendAudio, receive: params.receiveAudio },
    video: { base: params.video ?? true, send: params.sendVideo, receive: params.receiveVideo },
  }
  const directions: Directions = {}
  for (const kind of mediaKinds) {
    const base = asked[kind].base !== false
    const send = maySend(rights, kind) && (asked[kind].send ?? base)
    const receive = rights[`${kind}_allowed`] !== 'none' && (asked[kind].receive ?? base)
    if (send) directions[kind] = receive ? 'sendrecv' : 'sendonly'
    else if (receive) directions[kind] = 'recvonly'
  }
  if (directions.audio || directions.video) return directions
  const { join_as: joinAs, audio_allowed: audio, video_allowed: video } = rights
  throw new RoomSessionError(
    'invalid_argument',
    `join() would neither send nor receive anything: the token has join_as "${joinAs}", audio "${audio}", ` +
      `video "${video}", and the parameters ask for nothing that it allows.`,
  )
}

/** `directions` without sending the kinds that there is nothing to send of. */
export function sendingOnly(directions: Directions, available: (kind: MediaKind) => boolean): Directions {
  const kept: Directions = {}
  for (const kind of mediaKinds) {
    const direction = directions[kind]
    if (!direction) continue
    if (available(kind) || !sends(direction)) kept[kind] = direction
    else if (direction === 'sendrecv') kept[kind] = 'recvonly'
  }
  return kept
}
