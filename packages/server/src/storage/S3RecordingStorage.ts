import { openAsBlob } from 'node:fs'
import { AwsClient } from 'aws4fetch'
import type { S3Config } from '../config/index.ts'
import type { FileRecordingStorage } from './FileRecordingStorage.ts'
import { S3Error, upload } from './s3Upload.ts'
import type { RecordingStorage, StoredRecording } from './types.ts'

/** Of one answer; uploads have a longer one. */
const requestTimeoutMs = 30_000

/**
 * Files go to a bucket once they are complete, and links lead there. Recordings from before the bucket was set up
 * stay where they are.
 */
export class S3RecordingStorage implements RecordingStorage {
  readonly #config: S3Config
  readonly #local: FileRecordingStorage
  readonly #client: AwsClient

  constructor({ config, local }: { config: S3Config; local: FileRecordingStorage }) {
    this.#config = config
    this.#local = local
    const { accessKeyId, secretAccessKey, region } = config
    this.#client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 4 })
  }

  async keep({ id, projectId, path }: StoredRecording, signal?: AbortSignal): Promise<string> {
    const { bucket, prefix, endpoint } = this.#config
    const key = `${prefix}${projectId}/${id}.mp4`
    const local = this.#local.resolve(path)
    if (local === undefined)
      throw new RangeError(`Recording ${id} is not in the directory of recordings: ${path}`)
    const file = await openAsBlob(local, { type: 'video/mp4' })
    await upload(this.#client, this.#urlOf(endpoint, `s3://${bucket}/${key}`), file, { signal })
    return `s3://${bucket}/${key}`
  }

  async forget(formerPath: string): Promise<void> {
    if (!isInBucket(formerPath)) await this.#local.delete({ id: '', projectId: '', path: formerPath })
  }

  async temporaryUrl(recording: StoredRecording, ttlSeconds: number): Promise<string> {
    if (!isInBucket(recording.path)) return this.#local.temporaryUrl(recording, ttlSeconds)
    const url = new URL(this.#urlOf(this.#config.publicEndpoint ?? this.#config.endpoint, recording.path))
    // S3 takes 1 to 604800 seconds.
    url.searchParams.set('X-Amz-Expires', String(Math.max(1, ttlSeconds)))
    return (await this.#client.sign(url.href, { aws: { signQuery: true } })).url
  }

  async delete(recording: StoredRecording): Promise<void> {
    if (!isInBucket(recording.path)) return this.#local.delete(recording)
    const url = this.#urlOf(this.#config.endpoint, recording.path)
    const signal = AbortSignal.timeout(requestTimeoutMs)
    const response = await this.#client.fetch(url, { method: 'DELETE', signal })
    if (!response.ok && response.status !== 404) throw await S3Error.of('Deleting a recording', response)
    await response.body?.cancel()
  }

  #urlOf(endpoint: string, path: string): string {
    const [bucket, ...key] = path.slice('s3://'.length).split('/')
    return [endpoint.replace(/\/+$/, ''), bucket, ...key.map(encodeURIComponent)].join('/')
  }
}

/** Whether the `path` of a record leads to a bucket. */
export function isInBucket(path: string): boolean {
  return path.startsWith('s3://')
}
