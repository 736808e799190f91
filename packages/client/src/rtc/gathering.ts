export type GatheringLimits = {
  /** Gathering counts as done when no candidate came for so long after one. Default 600. */
  quietMs?: number
  /** Gathering counts as done after so long in any case. Default 5,000. */
  limitMs?: number
}

type Gatherer = Pick<RTCPeerConnection, 'iceGatheringState' | 'addEventListener' | 'removeEventListener'>

/** Resolves when the local candidates are complete, or enough of them for an offer without trickling. */
export function candidatesGathered(peer: Gatherer, limits: GatheringLimits = {}): Promise<void> {
  if (peer.iceGatheringState === 'complete') return Promise.resolve()
  return new Promise((resolve) => {
    let quietTimer: ReturnType<typeof setTimeout> | undefined
    const done = () => {
      clearTimeout(quietTimer)
      clearTimeout(limitTimer)
      peer.removeEventListener('icecandidate', onCandidate)
      peer.removeEventListener('icegatheringstatechange', onState)
      resolve()
    }
    const onCandidate = (event: Event) => {
      if (!(event as RTCPeerConnectionIceEvent).candidate) return onState()
      clearTimeout(quietTimer)
      quietTimer = setTimeout(done, limits.quietMs ?? 600)
    }
    const onState = () => {
      if (peer.iceGatheringState === 'complete') done()
    }
    const limitTimer = setTimeout(done, limits.limitMs ?? 5_000)
    peer.addEventListener('icecandidate', onCandidate)
    peer.addEventListener('icegatheringstatechange', onState)
  })
}
