/** What a URL may make a player do. All of it is checked before a decoder opens, and most of it while it runs. */
export const playerLimits = {
  /** 1920x1200, either way up; H.264's 1088 rows of 1080p are within. */
  maxPixels: 1920 * 1200,
  maxFps: 121,
  /** 24 h; live sources have none. */
  maxDurationMs: 86_400_000,
  maxStreams: 24,
  maxSampleRateHz: 192_000,
  maxChannels: 16,
  /** Of a file, to find out what it is. */
  probeBytes: 3_000_000,
  probeMs: 3000,
  /** Packets read ahead of the decoders. */
  maxQueuedBytes: 24_000_000,
  /** Resident memory of a player's process, its 80 MB of code and libraries included. */
  maxRssBytes: 512 * 2 ** 20,
} as const

/** How many players a room may have at once. */
export const maxPlayers = 10

/** Containers, by the names of FFmpeg's demuxers. */
export const allowedFormats = 'mov,matroska,hls,mpegts,flv,live_flv,mp3,aac,ogg,wav,flac'

/** Decoders, by FFmpeg's names. */
export const allowedDecoders: readonly string[] = [
  'h264',
  'hevc',
  'vp8',
  'vp9',
  'libdav1d',
  'mpeg4',
  'aac',
  'mp3float',
  'mp3',
  'opus',
  'vorbis',
  'flac',
  'ac3',
  'eac3',
  'pcm_s16le',
  'pcm_s16be',
  'pcm_s24le',
  'pcm_f32le',
]
