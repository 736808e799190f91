import { developmentCredentials } from '../../../src/config/load.ts'
import type { CrashingServer } from './CrashingServer.ts'

type Body = Record<string, unknown>

/** The REST API with the credentials of development. Throws for every answer that is no success. */
export class RestClient {
  readonly #server: CrashingServer

  constructor(server: CrashingServer) {
    this.#server = server
  }

  get(path: string): Promise<Body> {
    return this.#request('GET', path)
  }

  post(path: string, body: Body = {}): Promise<Body> {
    return this.#request('POST', path, body)
  }

  put(path: string, body: Body): Promise<Body> {
    return this.#request('PUT', path, body)
  }

  delete(path: string): Promise<Body> {
    return this.#request('DELETE', path)
  }

  /** null: there is none. */
  async find(path: string): Promise<Body | null> {
    const response = await this.#fetch('GET', path)
    return response.status === 404 ? null : read(response)
  }

  async #request(method: string, path: string, body?: Body): Promise<Body> {
    const response = await this.#server.during(this.#fetch(method, path, body))
    if (response.status === 204) return {}
    return this.#server.during(read(response))
  }

  async #fetch(method: string, path: string, body?: Body): Promise<Response> {
    const { projectId, apiToken } = developmentCredentials
    const credentials = Buffer.from(`${projectId}:${apiToken}`).toString('base64')
    return fetch(`${this.#server.url}/api/video${path}`, {
      method,
      headers: {
        authorization: `Basic ${credentials}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  }
}

async function read(response: Response): Promise<Body> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${text}`)
  return JSON.parse(text) as Body
}
