import { readFileSync } from 'node:fs'

/** `models/manifest.json`: every network of the product, where it comes from and how it is used. */
export type Manifest = {
  faces: {
    /** Where the weights of `files` are converted from. */
    source: string
    files: Record<string, { sha256: string; licence: string }>
    detectors: Record<string, { files: string[] } & Partial<Normalisation & { multiple: number }>>
    embedders: Record<string, EmbedderSpec>
    /** By file name. */
    downloads: Record<string, Download>
    /** By the name that people type. */
    models: Record<string, ModelSpec>
  }
}

/** (value - mean) / deviation, channel by channel in RGB; then the channels are put in order. */
export type Normalisation = {
  channelOrder: 'RGB' | 'BGR'
  mean: number[]
  deviation: number[]
}

export type EmbedderSpec = Normalisation & {
  file: string
  /** Name of the output. */
  output: string
  dimensions: number
  /** Of the aligned face, in pixels. */
  side: number
  /** Where the five points lie in the aligned face: x, y in pixels, the eye at the left first. */
  template: number[]
  /** Faces in one run at most. */
  batch: number
}

export type Download = {
  role: string
  url: string
  bytes: number
  sha256: string
  /** SPDX id, or the name by which it is accepted. */
  licence: string
  commercialUse: boolean
  origin: string
}

export type ModelSpec = {
  /** Stored with every vector. */
  id: string
  summary: string
  detector: string
  /** Their unit vectors one after the other, each times its weight, then brought to unit length. */
  embedders: { name: string; weight: number }[]
  /** Largest component of a vector. */
  reach: number
  thresholds: {
    /** Cosine of 50 %, and how much more multiplies the odds by e. */
    centre: number
    width: number
    defaultPercentage: number
    poorQuality: number
    poorSurcharge: number
    sure: number
    expansionGain: number
    agreement: number
  }
}

export const MANIFEST: Manifest = JSON.parse(
  readFileSync(new URL('../../models/manifest.json', import.meta.url), 'utf8'),
)
