/**
 * The server as `npm start` runs it, in a child process of the bench: ends when its parent does, so that not
 * even a killed bench leaves it behind.
 */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
await import(new URL('../../../server/src/main.ts', import.meta.url).href)
