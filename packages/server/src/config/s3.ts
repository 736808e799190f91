import { ConfigError } from './ConfigError.ts'
import type { Env } from './schema.ts'

/** A bucket of Amazon S3, or of a server that speaks its protocol. */
export type S3Config = {
  /** E.g. `https://s3.eu-central-1.amazonaws.com`; the bucket is the first part of the path. */
  endpoint: string
  /** Where browsers reach the same; undefined: at the endpoint. */
  publicEndpoint: string | undefined
  bucket: string
  region: string
  accessKeyId: string
  secretAccessKey: string
  /** In front of every key, e.g. `recordings/`. */
  prefix: string
}

type S3Env = Pick<
  Env,
  | 'ROOMFUL_S3_ENDPOINT'
  | 'ROOMFUL_S3_PUBLIC_ENDPOINT'
  | 'ROOMFUL_S3_BUCKET'
  | 'ROOMFUL_S3_REGION'
  | 'ROOMFUL_S3_ACCESS_KEY_ID'
  | 'ROOMFUL_S3_SECRET_ACCESS_KEY'
  | 'ROOMFUL_S3_PREFIX'
>

/** The bucket for recordings; undefined: there is none. Throws `ConfigError` if only a part of it is set. */
export function toS3Config(env: S3Env): S3Config | undefined {
  const {
    ROOMFUL_S3_ENDPOINT: endpoint,
    ROOMFUL_S3_BUCKET: bucket,
    ROOMFUL_S3_ACCESS_KEY_ID: accessKeyId,
    ROOMFUL_S3_SECRET_ACCESS_KEY: secretAccessKey,
  } = env
  const set = [endpoint, bucket, accessKeyId, secretAccessKey]
  if (set.every((value) => value === undefined)) return undefined
  if (!endpoint || !bucket || !accessKeyId || !secretAccessKey) {
    throw new ConfigError(
      'ROOMFUL_S3_ENDPOINT, ROOMFUL_S3_BUCKET, ROOMFUL_S3_ACCESS_KEY_ID and ROOMFUL_S3_SECRET_ACCESS_KEY must be set together',
    )
  }
  return {
    endpoint,
    publicEndpoint: env.ROOMFUL_S3_PUBLIC_ENDPOINT,
    bucket,
    region: env.ROOMFUL_S3_REGION,
    accessKeyId,
    secretAccessKey,
    prefix: env.ROOMFUL_S3_PREFIX,
  }
}
