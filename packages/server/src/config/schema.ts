import { availableParallelism } from 'node:os'
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

const publicUrl = z.url({ protocol: /^https?$/, error: 'must be a URL that starts with http:// or https://' })

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
  ROOMFUL_PUBLIC_URL: publicUrl.transform((url) => url.replace(/\/+$/, '')).optional(),
  ROOMFUL_RTC_PORT: port(1).default(40_000),
  ROOMFUL_RTC_HOST: z.union([z.ipv4(), z.ipv6()], 'must be an IP address of this machine').optional(),
  ROOMFUL_ANNOUNCED_IP: z.union([z.ipv4(), z.ipv6()], 'must be an IP address').optional(),
  ROOMFUL_MEDIA_PROCESSES: count(1, 256).default(() => availableParallelism()),
  ROOMFUL_ICE_SERVERS: iceServers.default(() => []),
  /** Where URLs given to `play` and `startStream` may lead although the address is private; see `AddressPolicy`. */
  ROOMFUL_ALLOWED_HOSTS: hostList.default(() => []),
  ROOMFUL_LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  /** Lets the page at / make its own tokens. Default: only while the development credentials are in force. */
  ROOMFUL_DEMO: flag.optional(),
  /** Canvas of rooms that were made by joining. */
  ROOMFUL_ROOM_QUALITY: z.enum(['720p', '1080p'], 'must be 720p or 1080p').default('720p'),
  ROOMFUL_ROOM_FPS: z
    .enum(['20', '25', '30'], 'must be 20, 25 or 30')
    .transform((value) => Number(value) as 20 | 25 | 30)
    .default(25),
  /** How long a member without a connection keeps its place: a minute's cut, and the time to come back from it. */
  ROOMFUL_GRACE_SECONDS: count(1, 3600).default(90),
})
export type Env = z.infer<typeof envSchema>
