import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { defaultClientConditions, defineConfig, type Plugin } from 'vite'

/** The Roomful server that the development server sends requests to; `npm run dev` sets it. */
const server = process.env.ROOMFUL_DEV_SERVER ?? 'http://127.0.0.1:8080'

/** Writes `X.js.br` beside `X.js`: the server sends it to browsers that take it, a quarter of the size. */
const compressed: Plugin = {
  name: 'compressed',
  apply: 'build',
  writeBundle({ dir }) {
    const assets = join(dir ?? '', 'assets')
    for (const name of readdirSync(assets)) {
      if (!/\.(js|css)$/.test(name)) continue
      writeFileSync(join(assets, `${name}.br`), brotliCompressSync(readFileSync(join(assets, name))))
    }
  },
}

export default defineConfig({
  plugins: [compressed],
  root: import.meta.dirname,
  // The SDK from its sources: no build in between, and reload when it changes.
  resolve: { conditions: ['roomful-source', ...defaultClientConditions] },
  esbuild: { jsx: 'automatic' },
  build: { target: 'es2022', assetsInlineLimit: 0 },
  server: {
    port: 5173,
    strictPort: true,
    proxy: Object.fromEntries(['/demo', '/api', '/sdk'].map((path) => [path, { target: server }])),
  },
})
