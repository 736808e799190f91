#!/usr/bin/env node
// Builds the SDK into dist/: node packages/client/build.mjs [--no-types]
//   index.js     ES module          roomful.js   script tag, defines Roomful and SignalWire
//   index.d.ts   all public types in one file without imports
import { build } from 'esbuild'
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))

/** @param {{ types?: boolean, outDir?: string }} options */
export async function buildClient({ types = true, outDir = `${here}dist` } = {}) {
  await mkdir(outDir, { recursive: true })
  /** @type {import('esbuild').BuildOptions} */
  const common = {
    bundle: true,
    sourcemap: true,
    target: 'es2022',
    logLevel: 'warning',
    legalComments: 'none',
  }
  await Promise.all([
    build({ ...common, entryPoints: [`${here}src/index.ts`], format: 'esm', outfile: `${outDir}/index.js` }),
    build({
      ...common,
      entryPoints: [`${here}src/scriptTag.ts`],
      format: 'iife',
      minify: true,
      outfile: `${outDir}/roomful.js`,
    }),
  ])
  if (!types) return
  const { bundleTypes } = await import('./bundleTypes.mjs')
  await writeFile(`${outDir}/index.d.ts`, bundleTypes(here))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildClient({ types: !process.argv.includes('--no-types') })
}
