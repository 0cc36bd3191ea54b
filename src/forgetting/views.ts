import type { Hiding } from '../hiding/index.ts'
import { previewUrl } from '../photos/index.ts'
import type { HidingPreview } from './preview-hiding.ts'

const iso = (date: Date | null) => date?.toISOString() ?? null

export const statusOf = ({ confirmedAt, erasedAt }: Pick<Hiding, 'confirmedAt' | 'erasedAt'>) =>
  erasedAt ? ('erased' as const) : confirmedAt ? ('confirmed' as const) : ('asked' as const)

export const hidingView = (hiding: Hiding) => ({
  hiding_id: hiding.id,
  kind: hiding.kind,
  bib: hiding.bib,
  lasting: hiding.lasting,
  status: statusOf(hiding),
  keeps_face: hiding.template !== null,
  asked_by: hiding.askedBy,
  asked_at: hiding.askedAt.toISOString(),
  confirmed_by: hiding.confirmedBy,
  confirmed_at: iso(hiding.confirmedAt),
  erased_at: iso(hiding.erasedAt),
})

export const previewView = (
  baseUrl: string,
  { photos, videoPasses, bibs, samples }: HidingPreview,
) => ({
  photos,
  video_passes: videoPasses,
  bibs,
  samples: samples.map(({ photo, boxes }) => ({
    image_id: photo.id,
    img_url: previewUrl(baseUrl, 'large', photo),
    thumbnail_url: previewUrl(baseUrl, 'small', photo),
    width: photo.width,
    height: photo.height,
    boxes: boxes.map((box) => [...box]),
  })),
})
