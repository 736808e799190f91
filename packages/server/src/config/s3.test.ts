import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadConfig } from './load.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'roomful-s3-config-'))
afterAll(() => rmSync(dataDir, { recursive: true }))

const load = (environment: Record<string, string>) =>
  loadConfig({ ROOMFUL_DATA_DIR: dataDir, ...environment }).s3

const needed = {
  ROOMFUL_S3_ENDPOINT: 'https://s3.example.com/',
  ROOMFUL_S3_BUCKET: 'recordings',
  ROOMFUL_S3_ACCESS_KEY_ID: 'id',
  ROOMFUL_S3_SECRET_ACCESS_KEY: 'secret',
}

describe('the bucket for recordings', () => {
  it('is none unless it is set', () => {
    expect(load({})).toBeUndefined()
    expect(load({ ROOMFUL_S3_REGION: 'eu-central-1' })).toBeUndefined()
  })

  it('is as it is set', () => {
    const bucket = {
      endpoint: 'https://s3.example.com',
      bucket: 'recordings',
      accessKeyId: 'id',
      secretAccessKey: 'secret',
    }
    expect(load(needed)).toEqual({ ...bucket, publicEndpoint: undefined, region: 'us-east-1', prefix: '' })
    const more = {
      ROOMFUL_S3_REGION: 'eu-central-1',
      ROOMFUL_S3_PREFIX: 'rooms/',
      ROOMFUL_S3_PUBLIC_ENDPOINT: 'https://media.example.com',
    }
    expect(load({ ...needed, ...more })).toEqual({
      ...bucket,
      publicEndpoint: 'https://media.example.com',
      region: 'eu-central-1',
      prefix: 'rooms/',
    })
  })

  it('is refused if it is set by half, or wrong', () => {
    for (const name of Object.keys(needed))
      expect(() => load({ ...needed, [name]: '' })).toThrow(/must be set together/)
    expect(() => load({ ...needed, ROOMFUL_S3_ENDPOINT: 's3.example.com' })).toThrow(
      /ROOMFUL_S3_ENDPOINT must be/,
    )
    expect(() => load({ ...needed, ROOMFUL_S3_BUCKET: 'a/b' })).toThrow(/ROOMFUL_S3_BUCKET must be/)
  })
})
