import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const packageDir = fileURLToPath(new URL('../', import.meta.url))

const consumer = `
import { RoomSession, WebRTC, type VideoMember, type RoomSessionEvents } from './index.js'
const room = new RoomSession({ token: 'x' })
room.on('member.updated.audioMuted', ({ member }) => { const muted: boolean = member.audio_muted; return muted })
room.on('layout.changed', ({ layout }) => layout.layers.map((layer): number => layer.width))
export const members: Promise<{ members: VideoMember[] }> = room.getMembers()
export const cameras: Promise<MediaDeviceInfo[]> = WebRTC.getCameraDevices()
export type Left = RoomSessionEvents['room.left'][0]['reason']
// @ts-expect-error There is no such event.
room.on('nope', () => undefined)
// @ts-expect-error Internal members are not part of the types.
room.connection
`

test('the published types stand alone and say what the sources say', async () => {
  const { bundleTypes } = (await import('../bundleTypes.mjs' as string)) as {
    bundleTypes: (dir: string) => string
  }
  const text = bundleTypes(packageDir)
  expect(text).not.toMatch(/^import |import\(|zod/m)
  const dir = await mkdtemp(join(tmpdir(), 'roomful-types-'))
  try {
    await writeFile(join(dir, 'index.d.ts'), text)
    await writeFile(join(dir, 'consumer.ts'), consumer)
    const program = ts.createProgram([join(dir, 'consumer.ts')], {
      strict: true,
      noEmit: true,
      types: [],
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    })
    const problems = ts.getPreEmitDiagnostics(program)
    expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([])
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
