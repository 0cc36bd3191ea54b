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

export const selfieMissing = () =>
  new AppError({
    code: 'selfie_missing',
    message: 'Send one to three selfies as multipart parts named "file".',
  })

export const selfieNoFace = () =>
  new AppError({
    code: 'selfie_no_face',
    message: 'No face was found. Use a clear picture of one face, in good light, from the front.',
  })

export const tooManySelfies = (max: number) =>
  new AppError({
    code: 'validation_failed',
    message: `file: a search takes ${max} selfies at most. Forget it and begin anew to use others.`,
  })

export const resultNotFound = () =>
  new AppError({
    code: 'result_not_found',
    message:
      'This result is not there any more: it expired, was forgotten, or is not shared. Search again with a selfie.',
  })

export const resultOfAnother = () =>
  new AppError({
    code: 'result_of_another',
    message: 'This result was shared with you: only who made the search can change it.',
  })

/** Somebody was hidden while the selfies were read: what is known of them is looked at again. */
export const hidingsChanged = () =>
  new AppError({
    code: 'recognition_busy',
    message: 'Too much changes at this moment. Try again in a second.',
    retryAfterSeconds: 1,
  })

export const downloadsOff = (name: string) =>
  new AppError({
    code: 'gallery_downloads_off',
    message: `The organiser of ${name} gives no originals here.`,
  })

export const nothingToDownload = () =>
  new AppError({ code: 'photo_not_found', message: 'This gallery has none of these photos.' })

export const downloadNotFound = () =>
  new AppError({
    code: 'download_not_found',
    message: 'This download is not there any more. Ask for it again in the gallery.',
  })

/** Ends a ZIP half-way, so that nobody takes it for whole. */
export const originalGone = (photoId: string) =>
  new AppError({
    code: 'object_not_found',
    message: `The original of photo ${photoId} is not in the store. Run "trackside verify".`,
  })

export const badInstant = (field: string) =>
  new AppError({ code: 'validation_failed', message: `body.${field}: is no time that there is` })
