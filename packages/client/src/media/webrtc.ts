export * from './devices.ts'
export {
  createCameraDeviceWatcher,
  createDeviceWatcher,
  createMicrophoneDeviceWatcher,
  createSpeakerDeviceWatcher,
} from './deviceWatcher.ts'
export { createMicrophoneAnalyzer } from './microphoneAnalyzer.ts'
