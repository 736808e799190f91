const colour = process.stderr.isTTY && !process.env.NO_COLOR

/** One line about what is being done. On stderr: stdout belongs to the program that is started. */
export function say(line) {
  process.stderr.write(colour ? `\x1b[2m▸\x1b[0m ${line}\n` : `> ${line}\n`)
}

/** One line, or a short paragraph, about what went wrong and what to do. */
export function complain(text) {
  process.stderr.write(colour ? `\x1b[31m✖\x1b[0m ${text}\n` : `error: ${text}\n`)
}

/** `850 ms`, `4.2 s`, `95 s`. */
export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`
}
