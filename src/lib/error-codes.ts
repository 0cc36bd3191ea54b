/**
 * Every error code of the API with its HTTP status and meaning: the header `X-Error-Code`. A code never changes once
 * published; this table is printed into the OpenAPI document.
 */
export const ERROR_CODES = {
  // 400: rejected before any work
  selfie_missing: { status: 400, meaning: 'Neither a selfie nor a known request_id was sent.' },
  selfie_empty: { status: 400, meaning: 'The selfie is an empty file.' },
  selfie_not_a_picture: { status: 400, meaning: 'The selfie cannot be decoded as a picture.' },
  selfie_without_face: { status: 400, meaning: 'No face was found in the selfie.' },
  invalid_request_id: { status: 400, meaning: 'The request_id is not a UUID.' },
  image_not_found: { status: 400, meaning: 'No image of the event has this id.' },
  invalid_body: { status: 400, meaning: 'The body cannot be read as its content type says.' },
  // 401, 403
  api_key_missing: { status: 401, meaning: 'The header X-API-Key is missing.' },
  session_ended: { status: 401, meaning: 'The session of the console has ended; sign in again.' },
  api_key_invalid: { status: 403, meaning: 'The key is unknown or deleted.' },
  api_key_inactive: { status: 403, meaning: 'The key is deactivated.' },
  wrong_organisation: {
    status: 403,
    meaning: 'The key or the event belongs to another organisation.',
  },
  scope_missing: { status: 403, meaning: 'The key lacks the scope that this call needs.' },
  sign_in_refused: { status: 403, meaning: 'The key does not open the console.' },
  request_forged: {
    status: 403,
    meaning: 'The request carries a session and may have been sent by another site.',
  },
  gallery_locked: { status: 403, meaning: 'The gallery needs its password or its link first.' },
  gallery_password_wrong: { status: 403, meaning: 'This is not the password of the gallery.' },
  gallery_link_wrong: { status: 403, meaning: 'This link does not open the gallery (any more).' },
  gallery_downloads_off: { status: 403, meaning: 'The gallery gives no originals.' },
  result_of_another: {
    status: 403,
    meaning: 'Only who made the search may do this with its result.',
  },
  feature_disabled: { status: 403, meaning: 'The feature is switched off for the event.' },
  url_signature_invalid: { status: 403, meaning: 'The presigned URL was changed.' },
  url_expired: { status: 403, meaning: 'The presigned URL has expired.' },
  // 404
  route_not_found: { status: 404, meaning: 'There is no such route.' },
  gallery_not_found: { status: 404, meaning: 'There is no gallery at this address.' },
  result_not_found: {
    status: 404,
    meaning:
      'There is no such search result (any more): it expired, was forgotten, or is not shared.',
  },
  download_not_found: { status: 404, meaning: 'There is no such download (any more).' },
  event_not_found: { status: 404, meaning: 'There is no such event.' },
  request_not_found: {
    status: 404,
    meaning: 'There is no search with this request_id in the event.',
  },
  organisation_not_found: { status: 404, meaning: 'There is no such organisation.' },
  key_not_found: { status: 404, meaning: 'There is no key with this id.' },
  photo_not_found: { status: 404, meaning: 'There is no photo with this id in the event.' },
  video_not_found: { status: 404, meaning: 'There is no video with this id in the event.' },
  moment_not_found: { status: 404, meaning: 'There is no such moment in the search.' },
  hiding_not_found: { status: 404, meaning: 'There is no hiding with this id in the event.' },
  object_not_found: { status: 404, meaning: 'There is no such file.' },
  upload_not_found: { status: 404, meaning: 'There is no such upload.' },
  // 409, 410, 413, 415, 416, 422, 429
  key_limit_reached: { status: 409, meaning: 'The organisation has 10 keys already.' },
  retry_not_possible: {
    status: 409,
    meaning: 'The photo or video has not failed, or its file was refused and not kept.',
  },
  hidings_would_end: {
    status: 409,
    meaning: 'People who asked not to be found would be found again.',
  },
  receipt_not_ready: { status: 409, meaning: 'What is to be removed is not all gone yet.' },
  slug_taken: { status: 409, meaning: 'Another event has this slug.' },
  gallery_closed: { status: 410, meaning: 'The organiser has closed the gallery.' },
  upload_too_large: { status: 413, meaning: 'The upload is over the limit.' },
  unsupported_media_type: { status: 415, meaning: 'The content type is not accepted here.' },
  range_not_satisfiable: { status: 416, meaning: 'The range asked for lies outside the file.' },
  selfie_no_face: { status: 422, meaning: 'No face was found in the selfies for the gallery.' },
  validation_failed: { status: 422, meaning: 'The request does not fit its schema.' },
  photo_not_decodable: { status: 422, meaning: 'The photo cannot be decoded.' },
  photo_unsupported: { status: 422, meaning: 'The file is not a photo of a supported format.' },
  photo_too_large: { status: 422, meaning: 'The photo has more pixels or bytes than the limit.' },
  video_not_decodable: { status: 422, meaning: 'The video is damaged, cut short or empty.' },
  video_unsupported: { status: 422, meaning: 'The file is not a video of a supported format.' },
  video_too_large: {
    status: 422,
    meaning: 'The video has more bytes, pixels or hours than the limit.',
  },
  start_list_invalid: { status: 422, meaning: 'The start list cannot be read.' },
  watermark_invalid: { status: 422, meaning: 'The watermark cannot be drawn.' },
  preview_busy: { status: 429, meaning: 'Too many previews are being drawn; see Retry-After.' },
  rate_limited: { status: 429, meaning: 'Too many requests; see Retry-After.' },
  recognition_busy: { status: 429, meaning: 'The selfie queue is full; see Retry-After.' },
  // 500 and above
  internal_error: { status: 500, meaning: 'Unexpected; safe to try again.' },
  video_unavailable: { status: 501, meaning: 'Videos need ffmpeg, which this server lacks.' },
  page_not_built: { status: 503, meaning: 'The web pages are not built; the API works without.' },
  query_too_slow: { status: 503, meaning: 'The database took too long; try again later.' },
  storage_unavailable: {
    status: 503,
    meaning: 'The store of photos does not answer; see Retry-After.',
  },
  storage_full: { status: 507, meaning: 'There is no room left for photos; nothing was kept.' },
  not_ready: { status: 503, meaning: 'The service is starting, stopping or lost its database.' },
} as const satisfies Record<string, { status: number; meaning: string }>

export type ErrorCode = keyof typeof ERROR_CODES
