/** Where a stream goes, without its key: who looks over a shoulder could stream in one's name. */
export function streamLabel(url: string): string {
  if (!URL.canParse(url)) return 'Stream'
  const { host, pathname } = new URL(url)
  const folders = pathname.split('/').filter(Boolean).slice(0, -1)
  return [host, ...folders].join('/')
}

/** What is played: the name of the file, or else the host. */
export function mediaLabel(url: string): string {
  if (!URL.canParse(url)) return 'Video'
  const { host, pathname } = new URL(url)
  const name = pathname.split('/').filter(Boolean).at(-1)
  if (name === undefined) return host
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
