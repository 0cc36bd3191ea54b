/**
 * Upright sRGB pixels, 8 bits a channel, three channels interleaved, rows top to bottom: `data.length === width * height * 3`.
 * `data` lies in shared memory, so worker threads read it without a copy.
 */
export type Picture = {
  readonly data: Uint8Array<SharedArrayBuffer>
  readonly width: number
  readonly height: number
}

/** `[x, y, width, height]` in pixels of the picture as displayed, from its top left corner. */
export type Box = readonly [x: number, y: number, width: number, height: number]
