import { mediaError, RoomSessionError } from '../errors.ts'

export type ScreenConstraints = {
  audio: boolean | MediaTrackConstraints
  video: boolean | MediaTrackConstraints
}

/** The largest picture that the server takes; text stays sharper than with more pixels at the same rate. */
const defaultVideo: MediaTrackConstraints = {
  width: { max: 1920 },
  height: { max: 1080 },
  frameRate: { ideal: 15, max: 30 },
}

/** Sound of a screen is music or speech of others, not of a microphone. */
const defaultAudio: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: false,
  autoGainControl: false,
}

const complete = (value: boolean | MediaTrackConstraints, defaults: MediaTrackConstraints) =>
  value === true ? defaults : typeof value === 'object' ? { ...defaults, ...value } : false

/** Lets the user choose what to share. Needs a gesture of the user shortly before. */
export async function captureScreen({ audio, video }: ScreenConstraints): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getDisplayMedia) {
    const message = 'This browser cannot share the screen, or the page is not served over https.'
    throw new RoomSessionError('media_not_supported', message)
  }
  let stream: MediaStream
  try {
    stream = await navigator.mediaDevices.getDisplayMedia({
      audio: complete(audio, defaultAudio),
      video: complete(video, defaultVideo),
    })
  } catch (error) {
    throw mediaError(error, 'a screen to share')
  }
  // Edges count more than motion: the encoder keeps the resolution and drops frames.
  for (const track of stream.getVideoTracks()) track.contentHint = 'detail'
  for (const track of stream.getAudioTracks()) track.contentHint = 'music'
  return stream
}
