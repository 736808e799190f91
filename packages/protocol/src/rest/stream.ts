import { z } from 'zod'
import { component, isoTime, uuid } from './answers.ts'

export const maxStreamUrlLength = 2048

/** Body of POST and PUT: a standing order to send the picture of each session there. */
export const writeStreamSchema = component(
  'WriteStream',
  z.object({
    url: z
      .string({
        error: ({ input }) =>
          input === undefined || input === null ? 'Url must be present' : 'Url must be a string',
      })
      .max(maxStreamUrlLength, `Url must have at most ${maxStreamUrlLength} characters`)
      .refine(isRtmpUrl, 'Url must be an rtmp:// or rtmps:// URL with a host and a path')
      .meta({
        description: 'The stream key is the end of the path.',
        examples: ['rtmp://live.example.com/app/key'],
      }),
  }),
)
export type WriteStream = z.infer<typeof writeStreamSchema>

export const streamSchema = component(
  'Stream',
  z.object({
    id: uuid(),
    url: z.string(),
    stream_type: z.literal('rtmp'),
    width: z.int(),
    height: z.int(),
    fps: z.int(),
    created_at: isoTime(),
    updated_at: isoTime(),
  }),
)
export type StreamResource = z.infer<typeof streamSchema>

function isRtmpUrl(text: string): boolean {
  if (!/^rtmps?:\/\/[^\s\0]+$/i.test(text)) return false
  const url = URL.parse(text)
  return url !== null && url.hostname !== '' && url.pathname.length > 1
}
