import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
/** Stamps live under node_modules: a fresh install is a fresh start. */
export const cacheDir = join(root, 'node_modules', '.cache', 'roomful')
export const serverMain = join(root, 'packages/server/src/main.ts')
export const cliMain = join(root, 'packages/server/src/cli/main.ts')
export const benchMain = join(root, 'packages/load-test/src/bench.ts')
export const sdkBuild = join(root, 'packages/client/build.mjs')

/** Program of an installed package, to be run by our own Node (never through a shell or a `.bin` link). */
export const tools = {
  eslint: join(root, 'node_modules/eslint/bin/eslint.js'),
  prettier: join(root, 'node_modules/prettier/bin/prettier.cjs'),
  tsc: join(root, 'node_modules/typescript/bin/tsc'),
  vite: join(root, 'node_modules/vite/bin/vite.js'),
  vitest: join(root, 'node_modules/vitest/vitest.mjs'),
}
