import type { Context } from './context.ts'
import type { Metrics } from './http/metrics.ts'
import { bindJobs } from './pipeline.ts'

/** Takes jobs until the context is closed; logs and measures each. */
export async function startWorker(context: Context, { jobSeconds }: Metrics): Promise<void> {
  await context.queue.work(bindJobs(context), ({ job, outcome, seconds, error }) => {
    jobSeconds.observe({ job, outcome }, seconds)
    if (error !== undefined) context.log.warn({ job, outcome, err: error }, 'job did not complete')
    else context.log.debug({ job, seconds }, 'job completed')
  })
}
