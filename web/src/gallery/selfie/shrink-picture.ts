/** Longest side of what is sent, px: faces are found in no more. */
const LONGEST_SIDE = 1280
const QUALITY = 0.88

/**
 * A picture as a small JPEG, turned the right way up (drawing leaves its metadata behind, the place among it).
 *
 * @throws what the browser throws for files that it cannot show
 */
export async function shrinkPicture(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' })
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(picture.width * scale))
  canvas.height = Math.max(1, Math.round(picture.height * scale))
  const context = canvas.getContext('2d')
  if (!context) throw new Error('no canvas to draw the picture on')
  context.imageSmoothingQuality = 'high'
  context.drawImage(picture, 0, 0, canvas.width, canvas.height)
  picture.close()
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (jpeg) => (jpeg ? resolve(jpeg) : reject(new Error('the picture could not be made smaller'))),
      'image/jpeg',
      QUALITY,
    )
  })
}
