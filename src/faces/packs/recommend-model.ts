import type { ModelState } from './describe-models.ts'

/**
 * One line that names the best model and how to get it; undefined when it is in use.
 *
 * @param models the best one last
 * @param wanted id of the model in use; undefined when that is not known: then a model that is installed is left alone
 */
export function recommendModel(
  models: readonly ModelState[],
  wanted: string | undefined,
): string | undefined {
  const best = models.at(-1)
  if (!best || best.id === wanted) return undefined
  if (best.isInstalled && wanted === undefined) return undefined
  const steps = best.isInstalled ? ['use'] : ['install', 'use']
  const command = steps.map((step) => `npx trackside models ${step} ${best.name}`).join(' && ')
  return `${best.name} finds smaller faces and tighter selfies at less CPU: ${command}`
}
