import { defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'

// `roomful-source` makes workspace packages resolve to their TypeScript sources, so tests need no build.
const conditions = ['roomful-source', ...defaultServerConditions]

// Native WebRTC and codec addons do not survive worker threads being torn down: always child processes.
const forks = { pool: 'forks' as const, setupFiles: [], environment: 'node' as const }

/**
 * Tests of Chromium that wait much longer than they work, or ask nothing of pictures that a busy machine could not
 * give: they run beside others.
 */
const patient = [
  'e2e/badInput.test.ts',
  'e2e/controls/audio.test.ts',
  'e2e/controls/events.test.ts',
  'e2e/controls/members.test.ts',
  'e2e/controls/places.test.ts',
  'e2e/controls/requests.test.ts',
  'e2e/docs.test.ts',
  'e2e/legs/mediaCuts.test.ts',
  'e2e/legs/reload.test.ts',
  'e2e/legs/socketCuts.test.ts',
  'e2e/players/rtmp.test.ts',
  'e2e/walls/nat.test.ts',
  'e2e/walls/turn.test.ts',
]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    maxWorkers: 2,
    minWorkers: 1,
    projects: [
      {
        extends: true,
        test: {
          ...forks,
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.{ts,tsx}',
            'apps/web/src/**/*.test.{ts,tsx}',
            'scripts/**/*.test.{mjs,ts}',
          ],
          testTimeout: 20_000,
          hookTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          ...forks,
          name: 'integration',
          include: ['packages/*/test/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...forks,
          name: 'e2e-patient',
          include: patient,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          // Beside the integration tests.
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...forks,
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude: patient,
          // One file at a time: every file starts a server, its media processes and Chromium.
          poolOptions: { forks: { singleFork: true } },
          testTimeout: 180_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
