import type { Video } from './video-queries.ts'

/** What watching needs to know of a video. */
export type Footage = Pick<
  Video,
  'width' | 'height' | 'sampleFps' | 'framesPerSecond' | 'isInterlaced'
>

/** How a video is looked at: the same each time, so that a moment is found again. */
export const samplingOf = ({
  width,
  height,
  sampleFps,
  framesPerSecond,
  isInterlaced,
}: Footage) => ({
  width: width ?? 0,
  height: height ?? 0,
  sampleFps: sampleFps ?? 5,
  framesPerSecond: framesPerSecond ?? 25,
  isInterlaced,
})
