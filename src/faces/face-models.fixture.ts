import type { TestSystem } from '../../test/test-deps.ts'
import { followUps } from '../pipeline.ts'
import { FACE_MODELS, type FaceModel } from './engine/face-model.ts'
import { useModel } from './index.ts'

/** Three models for tests in which engines see what the test says. */
export const [BUILT_IN, OTHER, FUSED] = FACE_MODELS as readonly [FaceModel, FaceModel, FaceModel]

/** Has a system go over to a model, as `trackside models use` does. */
export function modelUser({ context }: TestSystem) {
  const { reindex } = followUps(context.queue.enqueue)
  return (model: Pick<FaceModel, 'id'>) => useModel({ db: context.db, reindex }, model)
}
