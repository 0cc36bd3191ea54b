import type { Box, Picture } from './picture.ts'

/** A copy of the part of a picture that a box covers, without what lies outside. Undefined when nothing is left. */
export function cutRegion(picture: Picture, box: Box): Picture | undefined {
  const left = Math.max(0, Math.floor(box[0]))
  const top = Math.max(0, Math.floor(box[1]))
  const width = Math.min(picture.width, Math.ceil(box[0] + box[2])) - left
  const height = Math.min(picture.height, Math.ceil(box[1] + box[3])) - top
  if (width <= 0 || height <= 0) return undefined
  const data = new Uint8Array(new SharedArrayBuffer(width * height * 3))
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * picture.width + left) * 3
    data.set(picture.data.subarray(from, from + width * 3), row * width * 3)
  }
  return { data, width, height }
}
