import { AppError } from '../lib/errors.ts'

export const galleryNotFound = (slug: string) =>
  new AppError({
    code: 'gallery_not_found',
    message: `There is no gallery "${slug}". Check the address, or ask the organiser for it.`,
  })

export const galleryClosed = (name: string) =>
  new AppError({
    code: 'gallery_closed',
    message: `The gallery of ${name} is closed. Ask the organiser when it opens again.`,
  })

export const galleryLocked = (needs: 'password' | 'link') =>
  new AppError({
    code: 'gallery_locked',
    message:
      needs === 'password'
        ? 'This gallery has a password. Ask the organiser for it.'
        : 'This gallery opens with its link only. Ask the organiser for it.',
  })

export const photoNotFound = (photoId: string) =>
  new AppError({
    code: 'photo_not_found',
    message: `There is no photo ${photoId} in this gallery.`,
  })

export const passwordWrong = () =>
  new AppError({
    code: 'gallery_password_wrong',
    message: 'This is not the password of the gallery. Check capitals, or ask the organiser.',
  })

export const linkWrong = () =>
  new AppError({
    code: 'gallery_link_wrong',
    message: 'This link does not open the gallery any more. Ask the organiser for the new one.',
  })
