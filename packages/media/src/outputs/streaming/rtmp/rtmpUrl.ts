import { MediaError } from '../../../MediaError.ts'

export type RtmpTarget = {
  /** What comes between host and key, e.g. `live2`. */
  app: string
  /** Where the application is, without the key. */
  tcUrl: string
  /** Name of the stream: secret. */
  key: string
}

/** Splits `rtmp://host/app/key`: the key is what follows the last slash, with its query. */
export function parseRtmpUrl(url: URL): RtmpTarget {
  if (url.username !== '' || url.password !== '') {
    throw new MediaError(
      'url_not_allowed',
      'A name and password in an RTMP URL are not supported: use a server that takes a stream key',
    )
  }
  // A token of the application may stand before the key: rtmp://host/app?token=1/key
  const path = `${url.pathname}${url.search}`.slice(1)
  const inQuery = url.pathname.slice(1).includes('/') ? -1 : path.lastIndexOf('/')
  const slash = inQuery >= 0 ? inQuery : url.pathname.slice(1).lastIndexOf('/')
  const app = path.slice(0, Math.max(slash, 0))
  const key = path.slice(slash + 1)
  if (app === '' || key === '') {
    throw new MediaError(
      'url_not_allowed',
      'An RTMP URL has an application and a stream key behind its host: rtmp://host/application/key',
    )
  }
  return { app, key, tcUrl: `${url.protocol}//${url.host}/${app}` }
}
