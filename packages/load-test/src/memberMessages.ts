/** What a process of simulated members is told. Messages travel with structured clone. */
export type ToMemberProcess =
  /** The picture that its members send; before the first `join`. */
  | { type: 'clip'; frames: Uint8Array[]; fps: number }
  | { type: 'join'; id: number; options: HostedMemberOptions }
  | { type: 'leave'; id: number }
  | { type: 'report'; request: number }

export type FromMemberProcess =
  | { type: 'ready' }
  | { type: 'joined'; id: number; joinedMs: number }
  /** The first whole frame of the composite came. */
  | { type: 'firstFrame'; id: number; firstFrameMs: number }
  | { type: 'failed'; id: number; message: string }
  | { type: 'left'; id: number }
  | { type: 'report'; request: number; members: MemberReport[] }

export type HostedMemberOptions = {
  url: string
  token: string
  name: string
  /** What it says: a tone of this frequency (a whole number), packets of silence, or no packets at all. */
  sound: { toneHz: number } | 'silence' | 'none'
  sendsVideo: boolean
  bindAddress?: string
  rembBps?: number
}

/** Totals since the member joined. */
export type MemberReport = {
  id: number
  connected: boolean
  /** Why the server ended the call; undefined while it runs. */
  endedBy?: string
  frames: number
  keyframes: number
  audioPackets: number
  videoPackets: number
  /** The longest time without a packet of sound since the last report. */
  longestAudioGapMs: number
  /** Rectangles of the visible tiles in percent of the canvas, as the last `layout.changed` named them. */
  tiles: { x: number; y: number; width: number; height: number }[]
}
