import { parseArgs } from 'node:util'
import type { Credentials } from './TokenClient.ts'

export type CliOptions = {
  /** Of the server's HTTP, e.g. `http://127.0.0.1:8080`. */
  httpUrl: string
  webSocketUrl: string
  roomName: string
  members: number
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
  --speakers   how many of them send a tone, the others send silence (default: all)
  --seconds    how long they stay (default: until Ctrl-C)
  --project, --token
               REST credentials (or ROOMFUL_PROJECT_ID and ROOMFUL_API_TOKEN);
               without them the token endpoint of the server's own page is asked
  --bind       address the media is bound to (default: all interfaces)`

/** Beyond this a machine simulates nothing sensible. */
const maxMembers = 500

/** @throws Error that says what is allowed. */
export function parseCliOptions(args: string[], env: NodeJS.ProcessEnv): CliOptions {
  const { values } = parseArgs({
    args,
    options: {
      url: { type: 'string' },
      room: { type: 'string' },
      members: { type: 'string', default: '2' },
      speakers: { type: 'string' },
      seconds: { type: 'string' },
      project: { type: 'string' },
      token: { type: 'string' },
      bind: { type: 'string' },
    },
  })
  if (values.url === undefined || values.room === undefined)
    throw new TypeError('--url and --room are needed')
  const members = toCount('--members', values.members, maxMembers)
  const projectId = values.project ?? env['ROOMFUL_PROJECT_ID']
  const apiToken = values.token ?? env['ROOMFUL_API_TOKEN']
  if ((projectId === undefined) !== (apiToken === undefined))
    throw new TypeError('--project and --token go together')
  return {
    ...toUrls(values.url),
    roomName: values.room,
    members,
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

function toCount(option: string, text: string, most: number): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1 || count > most) {
    throw new RangeError(`${option} takes a whole number from 1 to ${most}, not "${text}"`)
  }
  return count
}
