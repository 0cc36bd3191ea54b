import { type OnnxModel, readOnnx } from '../../inference/read-onnx.ts'
import { askTable } from './bytes/range-table.ts'
import ranges from './bytes/ranges.json' with { type: 'json' }
import { detectorInBytes } from './bytes/text-detector.ts'
import { quickenDetector } from './quicken-detector.ts'

/** PP-OCRv4's text detector as published, as the engine runs it: see `detectorInBytes`. */
export const prepareDetector = (published: OnnxModel): Buffer =>
  detectorInBytes(readOnnx(quickenDetector(published)), askTable(ranges))
