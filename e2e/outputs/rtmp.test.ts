import { afterAll, beforeAll, expect, test } from 'vitest'
import { beepHz, OutputRig, toneHz } from '@roomful/media/outputs/testing/OutputRig'
import { colours, isColour } from '@roomful/media/video/testKit'
import { NginxRtmp } from '../support/NginxRtmp.ts'
import { analyseRecording, beeps, flashes, matchBeeps, toneDb } from '../support/recordingAnalysis.ts'

const key = 'secret-key-4711'
const spots = { left: { x: 25, y: 25 }, right: { x: 75, y: 25 } }

let server: NginxRtmp
let rig: OutputRig

beforeAll(async () => {
  server = await NginxRtmp.start()
  rig = await OutputRig.create(undefined, ['127.0.0.1'])
})
afterAll(async () => {
  await rig?.close()
  await server?.close()
})

async function expectRoomAt(url: string): Promise<void> {
  const seen = await analyseRecording(url, { spots, liveMs: 4500 })
  expect(seen).toMatchObject({ width: 640, height: 360, sampleRateHz: 48_000, channels: 2 })
  expect(seen.pictures.length).toBeGreaterThan(50)
  expect(seen.pictures.every((picture) => isColour(picture.colours.right, colours.green))).toBe(true)
  expect(
    seen.pictures.filter((picture) => isColour(picture.colours.left, colours.red)).length,
  ).toBeGreaterThan(30)
  expect(toneDb(seen, toneHz, { fromMs: 500, toMs: 3000 })).toBeGreaterThan(-32)
  expect(toneDb(seen, toneHz * 1.7, { fromMs: 500, toMs: 3000 })).toBeLessThan(-50)
  const flashTimesMs = flashes(seen, 'left', ([luma]) => luma > 180)
  const sync = matchBeeps(flashTimesMs, beeps(seen, { frequencyHz: beepHz }), seen)
  expect(sync.offsetsMs.length).toBeGreaterThanOrEqual(2)
  expect(Math.abs(sync.medianMs), JSON.stringify(sync)).toBeLessThanOrEqual(100)
}

test('what is pulled from an RTMP server is the room, and again after the server was away', async () => {
  await rig.outputs.start('stream', { kind: 'stream', url: server.url(key) })
  await expectRoomAt(server.url(key))

  await server.stop()
  const lost = await rig.event((event) => event.type === 'output.state' && event.state === 'reconnecting')
  expect(JSON.stringify(lost)).toContain(`127.0.0.1:${server.port}`)
  await server.run()
  await rig.event((event) => event.type === 'output.state' && event.state === 'running')
  await expectRoomAt(server.url(key))

  rig.outputs.stop('stream')
  const ended = await rig.ended('stream')
  expect(ended.error).toBeNull()
  expect(ended.durationMs).toBeGreaterThan(6000)
  expect(ended.sizeBytes).toBeGreaterThan(20_000)
  expect(JSON.stringify(rig.events)).not.toContain(key)
})

test('a server that drops whoever asks for an application it has not is named, without the key', async () => {
  const url = `rtmp://127.0.0.1:${server.port}/nowhere/${key}`
  const refusal = await rig.outputs.start('unknown', { kind: 'stream', url }).catch((error: Error) => error)
  expect(refusal).toMatchObject({ code: 'output_failed' })
  expect((refusal as Error).message).toContain(`127.0.0.1:${server.port}`)
  expect((refusal as Error).message).not.toContain(key)
})
