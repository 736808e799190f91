import { OpusTone } from '@roomful/media/audio/testing/index'
import {
  CompositeDecoder,
  SimulatedMember,
  VideoClip,
  type Picture,
  type Rgb,
  type SimulatedMemberOptions,
} from '@roomful/load-test'
import type { VideoLayout } from '@roomful/protocol'
import type { Person } from './fakeDevices.ts'
import type { TestServer } from './server.ts'

/** Of the test servers' rooms. */
const frameMs = 1000 / 25

const clips = new Map<Person, VideoClip>()
const tones = new Map<string, readonly Uint8Array[]>()

function clipOf(person: Person): VideoClip {
  let clip = clips.get(person)
  if (clip === undefined) {
    clip = VideoClip.encode({
      color: person.color,
      width: 640,
      height: 360,
      fps: 25,
      bitrateBps: 500_000,
      frames: 50,
    })
    clips.set(person, clip)
  }
  return clip
}

/**
 * One second of a tone, whose frequency is a whole number: it loops without a click. `amplitude`: peak, 0 to 1.
 */
export function toneOf(frequencyHz: number, amplitude = 0.25): readonly Uint8Array[] {
  const key = `${frequencyHz} ${amplitude}`
  let packets = tones.get(key)
  if (packets === undefined) {
    const tone = new OpusTone({ frequencyHz, amplitude })
    packets = Array.from({ length: 50 }, () => tone.next().payload)
    tone.close()
    tones.set(key, packets)
  }
  return packets
}

/** Joins a simulated member whose clip and tone are this person's. */
export async function joinSimulated(
  server: Pick<TestServer, 'webSocketUrl' | 'token'>,
  roomName: string,
  person: Person,
  options: Partial<SimulatedMemberOptions> = {},
): Promise<SimulatedMember> {
  return SimulatedMember.join({
    url: server.webSocketUrl,
    token: await server.token(roomName, person.name),
    name: person.name,
    audio: toneOf(person.toneHz),
    video: clipOf(person),
    bindAddress: '127.0.0.1',
    ...options,
  })
}

/**
 * A simulated member that looks at every single frame of the composite. `look` is called with each decoded
 * picture, the layout that holds, and how long it has held: by the clock, and by the frames seen since, for frames
 * that waited while this process was held up are older than they seem.
 */
export class Watcher {
  readonly member: SimulatedMember
  readonly #decoder: CompositeDecoder

  private constructor(member: SimulatedMember, decoder: CompositeDecoder) {
    this.member = member
    this.#decoder = decoder
  }

  static async join(
    server: TestServer,
    roomName: string,
    person: Person,
    look: (picture: Picture, layout: VideoLayout, heldMs: number) => void,
    options: Partial<SimulatedMemberOptions> = {},
  ): Promise<Watcher> {
    const decoder = new CompositeDecoder()
    let layout: VideoLayout | undefined
    let layoutAtMs = 0
    let framesSince = 0
    const member = await joinSimulated(server, roomName, person, {
      ...options,
      onEvent(type, params) {
        options.onEvent?.(type, params)
        if (type !== 'video.layout.changed') return
        layout = params['layout'] as VideoLayout
        layoutAtMs = performance.now()
        framesSince = 0
      },
      onFrame(frame, nowMs) {
        const picture = decoder.decode(frame.data)
        if (picture === undefined || layout === undefined) return
        look(picture, layout, Math.min(nowMs - layoutAtMs, framesSince++ * frameMs))
      },
    })
    return new Watcher(member, decoder)
  }

  async close(): Promise<void> {
    await this.member.leave()
    this.#decoder.close()
  }
}

export type { Picture, Rgb }
