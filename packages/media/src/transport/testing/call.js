/**
 * Runs in a page: a call with the peer connection settings and the SDP handling of the stock client.
 * Loaded as a classic script; leaves one global, `call`.
 */
globalThis.call = {
  /** @type {RTCPeerConnection | undefined} */
  pc: undefined,

  /** Starts a call, resolves to its offer. */
  async start({ audio, video, receiveOnly }) {
    const pc = new RTCPeerConnection({ bundlePolicy: 'max-compat', iceCandidatePoolSize: 10 })
    this.pc = pc
    if (receiveOnly) {
      pc.addTransceiver('audio', { direction: 'recvonly' })
      pc.addTransceiver('video', { direction: 'recvonly' })
    } else {
      const stream = await navigator.mediaDevices.getUserMedia({ audio, video })
      for (const track of [...stream.getAudioTracks(), ...stream.getVideoTracks()]) pc.addTrack(track, stream)
      if (!audio) pc.addTransceiver('audio', { direction: 'recvonly' })
    }
    return this.offer()
  },

  /** A further offer, with all candidates but those of hidden addresses. */
  async offer() {
    const { pc } = this
    await pc.setLocalDescription(await pc.createOffer())
    if (pc.iceGatheringState !== 'complete') {
      await new Promise((resolve) => {
        pc.onicegatheringstatechange = () => {
          if (pc.iceGatheringState === 'complete') resolve()
        }
      })
    }
    return pc.localDescription.sdp.replace(/a=candidate:.*\.local .*\r\n/g, '')
  },

  async accept(answer) {
    // The client takes for granted that audio comes first, and swaps where it had offered otherwise.
    const [session, ...sections] = answer.split(/(?=^m=)/m)
    if (/^m=video[^]*^m=audio/m.test(this.pc.localDescription.sdp)) sections.reverse()
    await this.pc.setRemoteDescription({ type: 'answer', sdp: [session, ...sections].join('') })
  },

  /** Frames that a video element has shown of what is received. */
  shownFrames() {
    if (!this.video) {
      this.video = Object.assign(document.createElement('video'), { muted: true, autoplay: true })
      document.body.append(this.video)
      const { track } = this.pc.getReceivers().find((receiver) => receiver.track.kind === 'video')
      this.video.srcObject = new MediaStream([track])
      void this.video.play()
    }
    return this.video.getVideoPlaybackQuality().totalVideoFrames
  },

  async stats() {
    const result = { audioPackets: 0, framesDecoded: 0 }
    for (const entry of (await this.pc.getStats()).values()) {
      if (entry.type !== 'inbound-rtp') continue
      if (entry.kind === 'audio') result.audioPackets += entry.packetsReceived
      else result.framesDecoded += entry.framesDecoded
    }
    return result
  },
}
