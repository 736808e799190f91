import { parseArgs } from 'node:util'
import type { Credentials } from './TokenClient.ts'

export type CliOptions = {
  /** Of the server's HTTP, e.g. `http://127.0.0.1:8080`. */
  httpUrl: string
  webSocketUrl: string
  roomName: string
  members: number
  /** How many only watch. */
  audience: number
  /** What each of the audience tells of its line; undefined: nothing. */
  audienceBps: number | undefined
  /** How many of them are heard. */
  speakers: number
  /** undefined: until it is stopped. */
  seconds: number | undefined
  credentials: Credentials | undefined
  bindAddress: string | undefined
}

export const usage = `node packages/load-test/src/cli.ts --url ws://127.0.0.1:8080 --room demo --members 9

  --url        of the server: ws://…, wss://…, http://… or https://…
  --room       name of the room
  --members    how many join (default 2)
  --audience   how many join to watch only (default 0); needs REST credentials
  --audience-kbps
               the rate that each of the audience says its line has, so that it is
               sent a smaller picture (default: it says nothing)
  --speakers   how many of them send a tone, the others send silence (default: all)
  --seconds    how long they stay (default: until Ctrl-C)
  --project, --token
               REST credentials (or ROOMFUL_PROJECT_ID and ROOMFUL_API_TOKEN);
               without them the token endpoint of the server's own page is asked
  --bind       address the media is bound to (default: all interfaces)`

/** Beyond these a machine simulates nothing sensible. */
const maxMembers = 500
const maxAudience = 1000

/** @throws Error that says what is allowed. */
export function parseCliOptions(args: string[], env: NodeJS.ProcessEnv): CliOptions {
  const { values } = parseArgs({
    args,
    options: {
      url: { type: 'string' },
      room: { type: 'string' },
      members: { type: 'string', default: '2' },
      audience: { type: 'string', default: '0' },
      'audience-kbps': { type: 'string' },
      speakers: { type: 'string' },
      seconds: { type: 'string' },
      project: { type: 'string' },
      token: { type: 'string' },
      bind: { type: 'string' },
    },
  })
  if (values.url === undefined || values.room === undefined)
    throw new TypeError('--url and --room are needed')
  const audience = toCount('--audience', values.audience, maxAudience, 0)
  const members = toCount('--members', values.members, maxMembers, audience > 0 ? 0 : 1)
  const audienceKbps = values['audience-kbps']
  const projectId = values.project ?? env['ROOMFUL_PROJECT_ID']
  const apiToken = values.token ?? env['ROOMFUL_API_TOKEN']
  if ((projectId === undefined) !== (apiToken === undefined))
    throw new TypeError('--project and --token go together')
  if (audience > 0 && projectId === undefined)
    throw new TypeError('--audience needs --project and --token: the page gives tokens for members only')
  return {
    ...toUrls(values.url),
    roomName: values.room,
    members,
    audience,
    audienceBps:
      audienceKbps === undefined ? undefined : toCount('--audience-kbps', audienceKbps, 100_000) * 1000,
    speakers: values.speakers === undefined ? members : toCount('--speakers', values.speakers, maxMembers),
    seconds: values.seconds === undefined ? undefined : toCount('--seconds', values.seconds, 86_400),
    credentials: projectId === undefined || apiToken === undefined ? undefined : { projectId, apiToken },
    bindAddress: values.bind,
  }
}

function toUrls(text: string): { httpUrl: string; webSocketUrl: string } {
  const match = /^(ws|http)(s?):\/\/([^/?#]+)\/?$/.exec(text)
  const [, , secure = '', host] = match ?? []
  if (host === undefined || !URL.canParse(`http://${host}`)) {
    throw new TypeError(`--url takes ws://HOST:PORT (or wss, http, https), not "${text}"`)
  }
  return { httpUrl: `http${secure}://${host}`, webSocketUrl: `ws${secure}://${host}` }
}

function toCount(option: string, text: string, most: number, least = 1): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < least || count > most) {
    throw new RangeError(`${option} takes a whole number from ${least} to ${most}, not "${text}"`)
  }
  return count
}
