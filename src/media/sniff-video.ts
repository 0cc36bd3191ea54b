import { fileTypeFromBuffer } from 'file-type'
import { videoNotDecodable, videoUnsupported } from './video-errors.ts'

/** What cameras and phones write: the containers that ffmpeg may open here. */
const CONTAINERS = new Set([
  'video/mp4',
  'video/quicktime',
  'video/matroska',
  'video/x-matroska',
  'video/webm',
  'video/x-m4v',
])

/**
 * The content type of a video from its first bytes; names and declared types are never believed, so playlists never get in.
 *
 * @throws video_unsupported, video_not_decodable
 */
export async function sniffVideo(head: Uint8Array): Promise<string> {
  if (head.length === 0)
    throw videoNotDecodable('The file is empty. Copy it again from the camera.')
  const found = await fileTypeFromBuffer(head)
  if (found && CONTAINERS.has(found.mime)) return found.mime
  const what = found ? `The file is ${found.mime}` : 'The file is not a video'
  throw videoUnsupported(`${what}. Upload an MP4, MOV or MKV with H.264 or HEVC.`)
}
