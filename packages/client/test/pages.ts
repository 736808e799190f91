/** The page under test: the SDK by script tag, events written down by name. */
export const clientPage = `<!doctype html><meta charset="utf-8"><title>client</title>
<div id="root" style="width:640px;height:360px"></div>
<script src="/roomful.js"></script>
<script>
window.seen = []
window.calls = []
const NativePeer = RTCPeerConnection
window.peers = []
RTCPeerConnection = class extends NativePeer {
  constructor(config) { super(config); this.config = config; peers.push(this) }
}
window.micTracks = []
const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
navigator.mediaDevices.getUserMedia = async (constraints) => {
  const stream = await getUserMedia(constraints)
  micTracks.push(...stream.getTracks())
  return stream
}
window.createRoom = (options) => {
  const rootElement = document.getElementById('root')
  window.room = new SignalWire.Video.RoomSession({ rootElement, logLevel: 'silent', ...options })
  const emit = room.emit
  const names = ['room.joined', 'room.left', 'member.joined', 'member.left', 'member.updated', 'member.updated.audio_muted',
    'member.updated.audioMuted', 'member.talking', 'member.talking.started', 'memberList.updated', 'layout.changed',
    'media.connected', 'media.reconnecting', 'media.disconnected', 'media.blocked', 'media.unblocked',
    'microphone.disconnected', 'camera.disconnected', 'camera.updated', 'microphone.updated',
    'speaker.updated', 'speaker.disconnected', 'member.promoted', 'member.demoted', 'device.failed']
  for (const name of names) room.on(name, (event) => {
    seen.push({ name, event: event && JSON.parse(JSON.stringify(event)) })
    console.info(name)
  })
}
window.joinRoom = (params) => room.join(params).then(() => 'joined', (e) => ({ code: e.code, message: e.message, isError: e instanceof Error }))
// What is on top in the element at every frame of the screen: how often nothing, black, or a picture.
window.watchPicture = () => {
  const counts = { frames: 0, blank: 0 }
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 4
  const pixels = canvas.getContext('2d', { willReadFrequently: true })
  const look = () => {
    const video = [...document.querySelectorAll('#root .videoWrapper > video')].at(-1)
    pixels.clearRect(0, 0, 4, 4)
    if (video) pixels.drawImage(video, 0, 0, 4, 4)
    const [red, green, blue, alpha] = pixels.getImageData(1, 1, 1, 1).data
    counts.frames += 1
    if (alpha < 255 || red + green + blue < 60) counts.blank += 1
    requestAnimationFrame(look)
  }
  look()
  return (window.picture = counts)
}
// Joins by itself: a call from the test counts as a gesture of the user.
if (location.hash) {
  createRoom({ token: location.hash.slice(1) })
  joinRoom()
}
</script>`

/** Plays the media server: answers offers with a moving picture and a tone, without BUNDLE. */
export const mediaPage = `<!doctype html><meta charset="utf-8"><title>media</title>
<canvas id="canvas" width="640" height="360"></canvas>
<script>
window.peers = []
const context2d = canvas.getContext('2d')
let frame = 0
setInterval(() => {
  context2d.fillStyle = frame++ % 2 ? '#204080' : '#206040'
  context2d.fillRect(0, 0, 640, 360)
}, 40)
window.calls = {}
window.modify = async (offer, callId) => {
  const peer = calls[callId]
  await peer.setRemoteDescription({ type: 'offer', sdp: offer.replace(/a=group:BUNDLE[^\\r]*\\r\\n/, '') })
  for (const transceiver of peer.getTransceivers()) {
    if (transceiver.direction === 'recvonly') transceiver.direction = 'sendrecv'
  }
  await peer.setLocalDescription(await peer.createAnswer())
  return peer.localDescription.sdp
}
window.answer = async (offer, callId) => {
  const peer = new RTCPeerConnection()
  peers.push(peer)
  calls[callId] = peer
  const audio = new AudioContext()
  const tone = audio.createOscillator()
  const sink = audio.createMediaStreamDestination()
  tone.connect(sink)
  tone.start()
  const stream = canvas.captureStream(25)
  stream.addTrack(sink.stream.getAudioTracks()[0])
  await peer.setRemoteDescription({ type: 'offer', sdp: offer.replace(/a=group:BUNDLE[^\\r]*\\r\\n/, '') })
  for (const transceiver of peer.getTransceivers()) {
    const track = stream.getTracks().find((one) => one.kind === transceiver.receiver.track.kind)
    await transceiver.sender.replaceTrack(track)
    transceiver.sender.setStreams(stream)
    transceiver.direction = transceiver.direction === 'sendonly' ? 'sendonly' : 'sendrecv'
  }
  await peer.setLocalDescription(await peer.createAnswer())
  if (peer.iceGatheringState !== 'complete') {
    await new Promise((resolve) => (peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && resolve()))
  }
  return peer.localDescription.sdp
}
</script>`
