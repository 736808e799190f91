import { availableParallelism } from 'node:os'
import { AllowedHosts } from '@roomful/media/net/AllowedHosts'
import { z } from 'zod'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

const port = (lowest: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${lowest} to 65535`)
    .transform(Number)
    .refine((value) => value >= lowest && value <= 65_535, `must be a whole number from ${lowest} to 65535`)

const count = (lowest: number, highest: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${lowest} to ${highest}`)
    .transform(Number)
    .refine(
      (value) => value >= lowest && value <= highest,
      `must be a whole number from ${lowest} to ${highest}`,
    )

const flag = z
  .enum(['true', 'false', '1', '0'], 'must be true or false')
  .transform((value) => value === 'true' || value === '1')

const iceServers = z.string().transform((text, context) => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' })
    return z.NEVER
  }
  const parsed = iceServersSchema.safeParse(value)
  if (parsed.success) return parsed.data
  context.addIssue({
    code: 'custom',
    message: 'must be a list of {"urls": "turn:…" or ["turn:…"], "username"?, "credential"?}',
  })
  return z.NEVER
})

const iceUrl = z.string().regex(/^(stun|stuns|turn|turns):\S+$/)
const iceServersSchema = z.array(
  z.object({
    urls: z.union([iceUrl, z.array(iceUrl).min(1)]),
    username: z.string().optional(),
    credential: z.string().optional(),
  }),
)

const hostList = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry.length > 0),
)

const allowedHosts = hostList.superRefine((entries, context) => {
  try {
    new AllowedHosts(entries)
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message })
  }
})

const turnUrl = z
  .string()
  .regex(/^turns?:(\[[\da-fA-F:.]+\]|[^\s:?/@[\]]+)(:\d{1,5})?(\?transport=(udp|tcp))?$/)
const turnUrls = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter((url) => url !== ''))
  .pipe(
    z.array(
      turnUrl,
      'must be turn:host:port?transport=udp or the like, or several, with commas between them',
    ),
  )

const publicUrl = z.url({ protocol: /^https?$/, error: 'must be a URL that starts with http:// or https://' })

const isPostgresUrl = (text: string): boolean =>
  /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? '') && (URL.parse(text)?.pathname.length ?? 0) > 1

/** Environment variables, with their defaults. An empty variable counts as unset. */
export const envSchema = z.object({
  PORT: port(0).default(8080),
  HOST: z.string().default('127.0.0.1'),
  ROOMFUL_PROJECT_ID: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be 1 to 64 letters, digits and hyphens, e.g. a UUID')
    .optional(),
  ROOMFUL_API_TOKEN: z.string().min(8, 'must have at least 8 characters').optional(),
  ROOMFUL_TOKEN_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  ROOMFUL_DATA_DIR: z.string().default('./data'),
  /** Records go there instead of the SQLite file in the data directory. */
  ROOMFUL_DATABASE_URL: z
    .string()
    .refine(isPostgresUrl, 'must be like postgres://user:password@host:5432/database')
    .optional(),
  /** A recording ends by itself when its file is as large as this. */
  ROOMFUL_RECORDING_MAX_MB: count(1, 10_000_000).optional(),
  /** A bucket for recordings that are complete: the first two and the keys together, or none. */
  ROOMFUL_S3_ENDPOINT: publicUrl.transform((url) => url.replace(/\/+$/, '')).optional(),
  ROOMFUL_S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket')
    .optional(),
  ROOMFUL_S3_REGION: z.string().default('us-east-1'),
  ROOMFUL_S3_ACCESS_KEY_ID: z.string().optional(),
  ROOMFUL_S3_SECRET_ACCESS_KEY: z.string().optional(),
  /** Goes in front of every key, e.g. `recordings/`. */
  ROOMFUL_S3_PREFIX: z.string().default(''),
  /** Where browsers reach the bucket, if not at the endpoint. */
  ROOMFUL_S3_PUBLIC_ENDPOINT: publicUrl.transform((url) => url.replace(/\/+$/, '')).optional(),
  ROOMFUL_PUBLIC_URL: publicUrl.transform((url) => url.replace(/\/+$/, '')).optional(),
  /** PEM files; both or none. Taken up anew when they change. */
  ROOMFUL_TLS_CERT: z.string().optional(),
  ROOMFUL_TLS_KEY: z.string().optional(),
  ROOMFUL_RTC_PORT: port(1).default(40_000),
  ROOMFUL_RTC_HOST: z.union([z.ipv4(), z.ipv6()], 'must be an IP address of this machine').optional(),
  ROOMFUL_ANNOUNCED_IP: z.union([z.ipv4(), z.ipv6()], 'must be an IP address').optional(),
  ROOMFUL_MEDIA_PROCESSES: count(1, 256).default(() => availableParallelism()),
  ROOMFUL_ANNOUNCED_PORT: port(1).optional(),
  ROOMFUL_RELAY_PORT: port(1).optional(),
  ROOMFUL_ICE_SERVERS: iceServers.default(() => []),
  ROOMFUL_TURN_URLS: turnUrls.optional(),
  ROOMFUL_TURN_SECRET: z.string().optional(),
  ROOMFUL_TURN_TTL_SECONDS: count(60, 30 * 86_400).default(86_400),
  ROOMFUL_TURN_USERNAME: z.string().optional(),
  ROOMFUL_TURN_CREDENTIAL: z.string().optional(),
  /** Where URLs given to `play` and `startStream` may lead although the address is private; see `AddressPolicy`. */
  ROOMFUL_ALLOWED_HOSTS: allowedHosts.default(() => []),
  ROOMFUL_LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  /** Lets the page at / make its own tokens. Default: only while the development credentials are in force. */
  ROOMFUL_DEMO: flag.optional(),
  /** Canvas of rooms that were made by joining. */
  ROOMFUL_ROOM_QUALITY: z.enum(['720p', '1080p'], 'must be 720p or 1080p').default('720p'),
  ROOMFUL_ROOM_FPS: z
    .enum(['20', '25', '30'], 'must be 20, 25 or 30')
    .transform((value) => Number(value) as 20 | 25 | 30)
    .default(25),
  /** How long the rooms may go on after SIGTERM, while no new one begins. */
  ROOMFUL_DRAIN_SECONDS: count(0, 86_400).default(0),
  /** What becomes of the rooms at SIGTERM: left to the next start of the server, or ended. */
  ROOMFUL_ON_SHUTDOWN: z.enum(['resume', 'end'], 'must be resume or end').default('resume'),
  /** How many days sessions that are over, and webhook deliveries, are kept; unset: sessions for ever. */
  ROOMFUL_RETENTION_DAYS: count(1, 36_500).optional(),
  /** How long a member without a connection keeps its place: a minute's cut, and the time to come back from it. */
  ROOMFUL_GRACE_SECONDS: count(1, 3600).default(90),
})
export type Env = z.infer<typeof envSchema>
