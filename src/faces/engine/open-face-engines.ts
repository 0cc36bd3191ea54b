import { lazy } from '../../inference/lazy.ts'
import type { OpenNet } from '../../inference/session.ts'
import { faceModelOf } from './face-model.ts'
import { type FaceEngine, type Folders, openFaceEngine } from './open-face-engine.ts'

/** While an event is indexed anew two models are in use by turns; afterwards the old one's nets are given back. */
const IDLE_MS = 5 * 60_000

/** Opens the engine of a model when first asked for; closes those that nobody asked for in a while. One user at a time. */
export function openFaceEngines(
  deps: Folders & { openNet: OpenNet },
): (modelId: string) => Promise<FaceEngine> {
  const engines = new Map<string, { open: () => Promise<FaceEngine>; usedAt: number }>()
  return async (modelId) => {
    const now = performance.now()
    for (const [id, { open, usedAt }] of engines) {
      if (id === modelId || now - usedAt < IDLE_MS) continue
      engines.delete(id)
      await (await open()).release()
    }
    const engine = engines.get(modelId) ?? {
      open: lazy(() => openFaceEngine(deps, faceModelOf(modelId))),
      usedAt: now,
    }
    engines.set(modelId, engine)
    engine.usedAt = now
    return engine.open()
  }
}
