import { defaultClientConditions, defineConfig } from 'vite'

/** The Roomful server that the development server sends requests to; `npm run dev` sets it. */
const server = process.env.ROOMFUL_DEV_SERVER ?? 'http://127.0.0.1:8080'

export default defineConfig({
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
