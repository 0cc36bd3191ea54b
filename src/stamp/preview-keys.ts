import { eventFolder } from '../events/index.ts'

export type PreviewSize = 'large' | 'small'

/** Where a preview lies: the recipe is part of it, so a new mark never overwrites what a cached URL stands for. */
export const previewKey = (
  { eventId, photoId }: { eventId: number; photoId: string },
  recipe: string,
  size: PreviewSize,
) => `${eventFolder(eventId)}/previews/${recipe}/${size}/${photoId}.jpg`
