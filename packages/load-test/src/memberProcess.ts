import { OpusEncoder } from '@roomful/media/audio/opus/OpusEncoder'
import { OpusTone } from '@roomful/media/audio/testing/index'
import { shutdownTransport } from '@roomful/media/transport/index'
import type {
  FromMemberProcess,
  HostedMemberOptions,
  MemberReport,
  ToMemberProcess,
} from './memberMessages.ts'
import { SimulatedMember } from './SimulatedMember.ts'
import { VideoClip } from './VideoClip.ts'

/**
 * Entry of a process that hosts simulated members, so that their cost is apart from the server's and from
 * the measurer's. Told what to do over IPC (`MemberHost`); ends when its parent does.
 */
const packetsPerSecond = 50
/** Peak; quiet enough that a room of them is not driven into its limiter. */
const toneAmplitude = 0.05
const endTimeoutMs = 1500

const members = new Map<number, SimulatedMember>()
const sounds = new Map<number | 'silence', readonly Uint8Array[]>()
let clip: VideoClip | undefined

process.on('SIGINT', () => {})
process.on('SIGTERM', () => end())
process.on('disconnect', () => end())
process.on('message', (message: ToMemberProcess) => {
  switch (message.type) {
    case 'clip':
      clip = new VideoClip(message.frames, message.fps)
      break
    case 'join':
      void join(message.id, message.options)
      break
    case 'leave':
      void leave(message.id)
      break
    case 'report':
      send({
        type: 'report',
        request: message.request,
        members: [...members].map(([id, member]) => report(id, member)),
      })
      break
  }
})
send({ type: 'ready' })

async function join(id: number, options: HostedMemberOptions): Promise<void> {
  if (options.sendsVideo && clip === undefined) {
    send({ type: 'failed', id, message: 'A member that sends a picture needs a clip first' })
    return
  }
  let toldFirstFrame = false
  try {
    const member = await SimulatedMember.join({
      url: options.url,
      token: options.token,
      name: options.name,
      audio:
        options.sound === 'none'
          ? null
          : soundOf(options.sound === 'silence' ? 'silence' : options.sound.toneHz),
      video: options.sendsVideo ? (clip ?? null) : null,
      ...(options.bindAddress === undefined ? {} : { bindAddress: options.bindAddress }),
      ...(options.rembBps === undefined ? {} : { rembBps: options.rembBps }),
      onFrame: () => {
        const firstFrameMs = members.get(id)?.times.firstFrameMs
        if (toldFirstFrame || firstFrameMs === undefined) return
        toldFirstFrame = true
        send({ type: 'firstFrame', id, firstFrameMs })
      },
    })
    members.set(id, member)
    send({ type: 'joined', id, joinedMs: member.times.joinedMs })
  } catch (error) {
    send({ type: 'failed', id, message: error instanceof Error ? error.message : String(error) })
  }
}

async function leave(id: number): Promise<void> {
  const member = members.get(id)
  members.delete(id)
  await member?.leave().catch(() => {})
  send({ type: 'left', id })
}

function report(id: number, member: SimulatedMember): MemberReport {
  const { frames, keyframes, audioPackets, videoPackets } = member.counts
  const layers = member.layout?.layers.filter((layer) => layer.visible && layer.member_id !== null) ?? []
  return {
    id,
    connected: member.connected,
    ...(member.endedBy === undefined ? {} : { endedBy: member.endedBy }),
    frames,
    keyframes,
    audioPackets,
    videoPackets,
    longestAudioGapMs: member.takeLongestAudioGapMs(),
    tiles: layers.map(({ x, y, width, height }) => ({ x, y, width, height })),
  }
}

/** One second of sound, which loops without a click. */
function soundOf(tone: number | 'silence'): readonly Uint8Array[] {
  let packets = sounds.get(tone)
  if (packets === undefined) {
    packets = tone === 'silence' ? encodeSilence() : encodeTone(tone)
    sounds.set(tone, packets)
  }
  return packets
}

function encodeTone(frequencyHz: number): Uint8Array[] {
  const tone = new OpusTone({ frequencyHz, amplitude: toneAmplitude })
  const packets = Array.from({ length: packetsPerSecond }, () => tone.next().payload)
  tone.close()
  return packets
}

function encodeSilence(): Uint8Array[] {
  const encoder = new OpusEncoder()
  const samples = new Float32Array(960)
  const packets = Array.from({ length: packetsPerSecond }, () => Uint8Array.from(encoder.encode(samples)))
  encoder.close()
  return packets
}

function send(message: FromMemberProcess): void {
  if (process.connected) process.send?.(message)
}

let ending = false
function end(): void {
  if (ending) return
  ending = true
  // Nothing is lost by going when a server does not answer, or native threads hang on the way out.
  setTimeout(() => process.exit(0), endTimeoutMs).unref()
  void Promise.all([...members.keys()].map(leave))
    .then(shutdownTransport)
    .finally(() => process.exit(0))
}
