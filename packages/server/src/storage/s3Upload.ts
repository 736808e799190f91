import type { AwsClient } from 'aws4fetch'

/** Larger files go up in parts of this size: S3 takes 10,000 parts, and 5 GB at once. */
const defaultPartBytes = 64 * 1024 * 1024
/** Of one part: slower than 110 kB/s is as good as not at all. */
const partTimeoutMs = 600_000

/** What a bucket answered in place of doing what it was asked. */
export class S3Error extends Error {
  override readonly name = 'S3Error'
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }

  static async of(what: string, response: Response): Promise<S3Error> {
    const text = await response.text().catch(() => '')
    const said = [tag(text, 'Code'), tag(text, 'Message')].filter(Boolean).join(': ')
    return new S3Error(
      `${what} failed: the bucket answered ${response.status} ${said}`.trimEnd(),
      response.status,
    )
  }
}

export type UploadOptions = {
  /** Files up to this size go up whole. Default 64 MiB. */
  partBytes?: number
  /** Breaks it off. */
  signal?: AbortSignal | undefined
}

/** Puts a file at a URL, whole or in parts. An upload that fails leaves nothing behind. */
export async function upload(
  client: AwsClient,
  url: string,
  file: Blob,
  { partBytes = defaultPartBytes, signal }: UploadOptions = {},
): Promise<void> {
  if (file.size <= partBytes) {
    await put(client, url, file, signal)
    return
  }
  const uploadId = await begin(client, url, file.type)
  const partUrl = (query: Record<string, string>) => `${url}?${new URLSearchParams({ ...query, uploadId })}`
  try {
    const etags: string[] = []
    for (let start = 0; start < file.size; start += partBytes) {
      const part = file.slice(start, start + partBytes)
      etags.push(await put(client, partUrl({ partNumber: String(etags.length + 1) }), part, signal))
    }
    await complete(client, partUrl({}), etags)
  } catch (error) {
    // Parts without an end cost their owner money, invisibly.
    await client
      .fetch(partUrl({}), { method: 'DELETE', signal: AbortSignal.timeout(partTimeoutMs) })
      .then((response) => response.body?.cancel())
      .catch(() => {})
    throw error
  }
}

async function put(
  client: AwsClient,
  url: string,
  body: Blob,
  signal: AbortSignal | undefined,
): Promise<string> {
  const headers = body.type === '' ? undefined : { 'content-type': body.type }
  const response = await client.fetch(url, {
    method: 'PUT',
    body,
    headers,
    signal: AbortSignal.any([AbortSignal.timeout(partTimeoutMs), ...(signal === undefined ? [] : [signal])]),
  })
  if (!response.ok) throw await S3Error.of('Uploading a recording', response)
  await response.body?.cancel()
  return response.headers.get('etag') ?? ''
}

async function begin(client: AwsClient, url: string, type: string): Promise<string> {
  const response = await client.fetch(`${url}?uploads`, {
    method: 'POST',
    headers: { 'content-type': type },
    signal: AbortSignal.timeout(partTimeoutMs),
  })
  if (!response.ok) throw await S3Error.of('Beginning an upload', response)
  const uploadId = tag(await response.text(), 'UploadId')
  if (uploadId === undefined)
    throw new S3Error('Beginning an upload failed: the bucket gave no UploadId', 200)
  return uploadId
}

async function complete(client: AwsClient, url: string, etags: readonly string[]): Promise<void> {
  const parts = etags.map(
    (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`,
  )
  const response = await client.fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/xml' },
    body: `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`,
    signal: AbortSignal.timeout(partTimeoutMs),
  })
  if (!response.ok) throw await S3Error.of('Completing an upload', response)
  // S3 begins its 200 before it knows how putting the parts together ends.
  const text = await response.text()
  if (tag(text, 'Code') !== undefined) {
    throw new S3Error(`Completing an upload failed: ${tag(text, 'Code')}: ${tag(text, 'Message')}`, 200)
  }
}

function tag(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
