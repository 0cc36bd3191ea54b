import type { Event } from '../events/index.ts'
import type { MatchDeps } from '../faces/index.ts'
import { resultNotFound } from './errors.ts'
import { findSearchedModel, refreshMatches, thresholdsOf } from './match-selfies.ts'
import { openResult } from './open-result.ts'
import { findMatches, type MatchRow } from './result-queries.ts'
import { shareTokenOf } from './result-tokens.ts'
import type { GalleryResult } from './schema.ts'
import { showPhotos } from './show-photos.ts'

/** Whoever looks again later than this also sees what came meanwhile. */
const FRESH_MS = 10_000
/** A page of guesses; what lies behind them is less likely still. */
const MAX_MAYBE = 60

/**
 * A result as its holder or a friend sees it: photos that came since the last look included, sure ones in order of time, the others
 * the likeliest first.
 *
 * @throws result_not_found
 */
export async function showResult(
  deps: MatchDeps,
  { event, token }: { event: Event; token: string },
  signal?: AbortSignal,
): Promise<GalleryResult> {
  const result = await openResult(deps, { event, token, as: 'anybody' })
  const ref = { eventId: event.id, resultId: result.id }
  const age = Date.now() - (result.matchedAt?.valueOf() ?? 0)
  if (
    age > FRESH_MS &&
    (await refreshMatches(deps, { event, resultId: result.id }, signal)) === 'gone'
  )
    throw resultNotFound()
  const matches = await findMatches(deps.db, ref)
  const shown = matches.filter(({ isHidden }) => !isHidden)
  const limits = thresholdsOf(event, await findSearchedModel(deps.db, event.id))
  const sure = shown.filter(({ percentage }) => percentage >= limits.sure).sort(byTime)
  const maybe = shown
    .filter(({ percentage }) => percentage >= limits.maybe && percentage < limits.sure)
    .slice(0, MAX_MAYBE)
  const isHolder = result.role === 'holder'
  return {
    token,
    role: result.role,
    shared_token: isHolder && result.shareNonce ? shareTokenOf(token, result.shareNonce) : null,
    expires_at: result.expiresAt.toISOString(),
    total: sure.length + maybe.length,
    sure: await showMatches(deps, event, sure),
    maybe: await showMatches(deps, event, maybe),
    hidden: isHolder ? matches.filter(({ isHidden }) => isHidden).map(({ id }) => id) : [],
  }
}

async function showMatches(deps: MatchDeps, event: Event, matches: readonly MatchRow[]) {
  const photos = await showPhotos(deps, event, matches)
  return photos.map((photo, i) => ({
    ...photo,
    percentage: Math.round(matches[i]!.percentage * 10) / 10,
  }))
}

/** Photos without a time stand last. */
const byTime = (a: MatchRow, b: MatchRow) => {
  const [one, two] = [a, b].map(({ capturedAt }) => capturedAt?.valueOf() ?? Number.MAX_VALUE)
  return one! - two! || (a.id < b.id ? -1 : 1)
}
