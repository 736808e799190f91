/** The VP8 payload descriptor (RFC 7741 4.2). Make one and reuse it. */
export class Vp8Descriptor {
  nonReference = false
  startOfPartition = false
  partitionIndex = 0
  /** 7 or 15 bits; -1: not there. The same goes for the three below. */
  pictureId = -1
  tl0PictureIndex = -1
  temporalLayer = -1
  keyIndex = -1
  layerSync = false
  /** Where the VP8 data starts. */
  dataOffset = 0
  dataLength = 0

  /** False when the payload is too short for what its first bits promise, or holds no VP8 data at all. */
  parse(packet: Buffer, offset: number, length: number): boolean {
    const end = offset + length
    let at = offset
    if (at >= end) return false
    const first = packet.readUInt8(at++)
    this.nonReference = (first & 0x20) !== 0
    this.startOfPartition = (first & 0x10) !== 0
    this.partitionIndex = first & 0x07
    this.pictureId = -1
    this.tl0PictureIndex = -1
    this.temporalLayer = -1
    this.keyIndex = -1
    this.layerSync = false

    if (first & 0x80) {
      if (at >= end) return false
      const extension = packet.readUInt8(at++)
      if (extension & 0x80) {
        if (at >= end) return false
        this.pictureId = packet.readUInt8(at++)
        if (this.pictureId & 0x80) {
          if (at >= end) return false
          this.pictureId = ((this.pictureId & 0x7f) << 8) | packet.readUInt8(at++)
        }
      }
      if (extension & 0x40) {
        if (at >= end) return false
        this.tl0PictureIndex = packet.readUInt8(at++)
      }
      if (extension & 0x30) {
        if (at >= end) return false
        const layer = packet.readUInt8(at++)
        if (extension & 0x20) {
          this.temporalLayer = layer >> 6
          this.layerSync = (layer & 0x20) !== 0
        }
        if (extension & 0x10) this.keyIndex = layer & 0x1f
      }
    }
    this.dataOffset = at
    this.dataLength = end - at
    return this.dataLength > 0
  }

  /** Whether the packet holds the first byte of a frame. */
  get startsFrame(): boolean {
    return this.startOfPartition && this.partitionIndex === 0
  }
}
