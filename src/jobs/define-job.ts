import type { Static, TObject } from 'typebox'

/** A kind of job: policy and payload in one object, the work elsewhere. */
export type Job<Deps, Input extends TObject> = {
  /** `<domain>.<verb>`: the name of its queue. */
  name: string
  input: Input
  /** How many are taken from the queue at once and run one after the other. */
  batchSize: number
  /** How many batches one worker process has in hand at a time. */
  concurrency: number
  retry: { limit: number; delaySeconds: number }
  /** At most one job with the same key waits. */
  dedupeKey?: (input: Static<Input>) => string
  run: (deps: Deps, input: Static<Input>, signal: AbortSignal) => Promise<unknown>
  /** Called once when no retry is left, or when trying again cannot help; records the failure where people see it. */
  giveUp?: (deps: Deps, input: Static<Input>, reason: unknown) => Promise<void>
}

/** Checks nothing, infers everything: the type of `input` reaches `run`. */
export const defineJob = <Deps, Input extends TObject>(job: Job<Deps, Input>): Job<Deps, Input> =>
  job

/** A job kind with its dependencies filled in: what the worker runs. */
export type BoundJob = Omit<Job<unknown, TObject>, 'run' | 'giveUp' | 'dedupeKey'> & {
  run: (input: unknown, signal: AbortSignal) => Promise<unknown>
  giveUp?: (input: unknown, reason: unknown) => Promise<void>
}

/** Fills in the dependencies of a job kind. */
export function bindJob<Deps, Input extends TObject>(job: Job<Deps, Input>, deps: Deps): BoundJob {
  const { run, giveUp, dedupeKey: _, ...policy } = job
  return {
    ...policy,
    run: (input, signal) => run(deps, input as Static<Input>, signal),
    ...(giveUp && { giveUp: (input, reason) => giveUp(deps, input as Static<Input>, reason) }),
  }
}
