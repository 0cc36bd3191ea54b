import type { Event } from '../events/index.ts'

/** The event's `motion` settings, defaults filled in; times in seconds. */
export type MotionSettings = {
  /** Frames looked at in a second of footage. */
  sampleFps: number
  /** Least certainty of a face; undefined: the default of the track decision. */
  confidencePercentage: number | undefined
  /** Appearances with less between them are one moment. */
  maxGap: number
  /** Appearances shorter than this are left out. */
  minSegment: number
  paddingStart: number
  paddingEnd: number
  maxClip: number
  /** Clips carry the event's watermark, so they are encoded anew. */
  watermark: boolean
  /** No hidden lead-in of up to one keyframe distance stays in a clip, so it is encoded anew. */
  strict: boolean
  /** Clips come with three seconds of themselves, small and silent, to be shown in a loop. */
  preview: boolean
}

const DEFAULTS = {
  sampleFps: 5,
  maxGap: 2,
  minSegment: 0.4,
  paddingStart: 2,
  paddingEnd: 3,
  maxClip: 30,
}

export function motionSettingsOf({ motion }: Pick<Event, 'motion'>): MotionSettings {
  const number = (name: string, fallback: number) => {
    const value = motion[name]
    return typeof value === 'number' ? value : fallback
  }
  const percentage = motion.confidence_percentage
  return {
    sampleFps: number('sample_fps', DEFAULTS.sampleFps),
    confidencePercentage: typeof percentage === 'number' ? percentage : undefined,
    maxGap: number('max_gap', DEFAULTS.maxGap),
    minSegment: number('min_segment', DEFAULTS.minSegment),
    paddingStart: number('padding_start', DEFAULTS.paddingStart),
    paddingEnd: number('padding_end', DEFAULTS.paddingEnd),
    maxClip: number('max_clip', DEFAULTS.maxClip),
    watermark: motion.watermark === true,
    strict: motion.strict === true,
    preview: motion.preview === true,
  }
}
