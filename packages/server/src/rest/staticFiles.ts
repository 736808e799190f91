import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'

const oneYearSeconds = 31_536_000

/** The page at `/` and the SDK under `/sdk/`, as built; where they are not, a word on how to build them. */
export async function staticFiles(
  app: FastifyInstance,
  { webDir, sdkDir }: { webDir: string; sdkDir: string },
): Promise<void> {
  const hasWeb = existsSync(join(webDir, 'index.html'))
  const hasSdk = existsSync(join(sdkDir, 'roomful.js'))
  if (hasSdk) {
    await app.register(fastifyStatic, {
      root: sdkDir,
      prefix: '/sdk/',
      index: false,
      decorateReply: false,
      cacheControl: false,
      setHeaders: (reply) => {
        // Names stay the same over versions, so browsers ask each time; mostly the answer is 304.
        void reply.header('cache-control', 'no-cache')
        // Pages of other origins load it as a module, which needs leave.
        void reply.header('access-control-allow-origin', '*')
        void reply.header('cross-origin-resource-policy', 'cross-origin')
      },
    })
  } else {
    app.get('/sdk/*', async (_request, reply) => notBuilt(reply, 'The SDK'))
  }
  if (hasWeb) {
    await app.register(fastifyStatic, {
      root: webDir,
      prefix: '/',
      decorateReply: false,
      cacheControl: false,
      // The build leaves `X.js.br` beside `X.js`.
      preCompressed: true,
      setHeaders: (reply, path) => {
        // Vite puts a hash of the content into the names of what it builds.
        const isHashed = path.startsWith(join(webDir, 'assets'))
        void reply.header(
          'cache-control',
          isHashed ? `public, max-age=${oneYearSeconds}, immutable` : 'no-cache',
        )
      },
    })
  } else {
    app.get('/', async (_request, reply) => notBuilt(reply, 'The page'))
  }
}

function notBuilt(reply: FastifyReply, what: string): FastifyReply {
  return reply
    .code(503)
    .type('text/plain; charset=utf-8')
    .send(`${what} has not been built yet. Run "npm run build", then start the server again.\n`)
}
