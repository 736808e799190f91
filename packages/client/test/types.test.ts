import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const packageDir = fileURLToPath(new URL('../', import.meta.url))

const consumer = `
import { buildVideoElement, RoomSession, Video, WebRTC } from './index.js'
import type { RoomSessionDevice, RoomSessionEvents, RoomSessionScreenShare, RoomSessionStream, VideoMember } from './index.js'
const room = new RoomSession({ token: 'x' })
room.on('member.updated.audioMuted', ({ member }) => { const muted: boolean = member.audio_muted; return muted })
room.on('layout.changed', ({ layout }) => layout.layers.map((layer): number => layer.width))
export const members: Promise<{ members: VideoMember[] }> = room.getMembers()
export const cameras: Promise<MediaDeviceInfo[]> = WebRTC.getCameraDevices()
export type Left = RoomSessionEvents['room.left'][0]['reason']
export const screen: Promise<RoomSessionScreenShare> = room.startScreenShare({ audio: true, positions: { self: 'reserved-1' } })
export const device: Promise<RoomSessionDevice> = room.addCamera({ width: 1280, autoJoin: false })
void device.then((added) => added.on('room.left', (event) => event.reason))
export const listed: RoomSessionDevice[] = room.deviceList
export const promoted: Promise<void> = room.promote({ memberId: 'a', mediaAllowed: 'all', permissions: [] })
room.on('media.disconnected', (event) => event?.reason.length)
export const built = buildVideoElement({ room }).then(({ element }) => element)
export const older: Promise<Video.Room> = Video.joinRoom({ token: 'x', rootElementId: 'y' })
export const guarded = (value: unknown) => Video.isVideoRoomSession(value) && value.roomId
export const overlay = room.getMemberOverlay('a')?.domElement
room.localOverlay.setMirrored(true)
export const recorded = room.startRecording().then(async (recording) => {
  await recording.pause()
  return [recording.state === 'completed', recording.endedAt?.getTime(), recording.duration]
})
export const streamed: Promise<RoomSessionStream> = room.startStream({ url: 'rtmp://a/b' }).then(({ stream }) => stream)
room.on('playback.updated', ({ position, volume, seekable }) => position + volume + Number(seekable))
room.on('room.joined', ({ room_session }) => room_session.recordings.map((recording) => recording.stop()))
export const played = room.play({ url: 'https://a/b', positions: { self: 'full-screen' } }).then((playback) => playback.seek(1))
// @ts-expect-error What is played has an address.
room.play({ volume: 1 })
// @ts-expect-error A promotion needs somebody.
room.promote()
// @ts-expect-error There is no such direction.
room.setVideoDirection('both')
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

/** Public members, properties of exported types and functions that lack a docstring, as `Type.member`. */
function undocumented(text: string): string[] {
  const source = ts.createSourceFile('index.d.ts', text, ts.ScriptTarget.ES2022, true)
  const missing: string[] = []
  const isDocumented = (node: ts.Node) => ts.getJSDocCommentsAndTags(node).length > 0
  const isPublic = (node: ts.Node) => {
    const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : []
    return !modifiers.some(
      ({ kind }) => kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword,
    )
  }
  for (const statement of source.statements) {
    if (ts.isFunctionDeclaration(statement) && !isDocumented(statement))
      missing.push(statement.name?.text ?? '?')
    if (!ts.isClassDeclaration(statement)) continue
    const name = statement.name?.text ?? '?'
    if (!isDocumented(statement)) missing.push(name)
    for (const member of statement.members) {
      // Internal members were stripped; what is private has no type.
      const isNamed = member.name && (ts.isIdentifier(member.name) || ts.isStringLiteral(member.name))
      if (isNamed && isPublic(member) && !isDocumented(member))
        missing.push(`${name}.${member.name.getText()}`)
    }
  }
  return missing
}

test('every public class, method, property and function has a docstring', async () => {
  const { bundleTypes } = (await import('../bundleTypes.mjs' as string)) as {
    bundleTypes: (dir: string) => string
  }
  expect(undocumented(bundleTypes(packageDir))).toEqual([])
  expect(undocumented('export declare class A { b: string; private c; }')).toEqual(['A', 'A.b'])
})
