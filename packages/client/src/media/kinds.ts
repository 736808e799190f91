export const mediaKinds = ['audio', 'video'] as const
export type MediaKind = (typeof mediaKinds)[number]
