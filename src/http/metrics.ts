import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { AggregatorRegistry, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** What a process measures. Workers send theirs to the process that answers /metrics. */
export type Metrics = {
  registry: Registry
  jobSeconds: Histogram<'job' | 'outcome'>
}

/** How often a server looks at its event loop, which wakes it: at prom-client's 10 ms that is more than half of what it takes at rest. */
const LOOP_MS = 20
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** What prom-client tells of the event loop: it wakes the process every few milliseconds to know. */
const EVENT_LOOP = ['', '_min', '_max', '_mean', '_stddev', '_p50', '_p90', '_p99'].map(
  (which) => `trackside_nodejs_eventloop_lag${which}_seconds`,
)
const NEVER_MS = 2 ** 31 - 1

/**
 * @param hasEventLoop false in workers: what they do is done in threads and in other processes, nobody waits for their loop, and a
 *   hundred wakeups a second cost half a percent of a core at rest. /metrics then tells the delay of the server's own
 */
export function createMetrics({ hasEventLoop = true } = {}): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({
    register: registry,
    prefix: 'trackside_',
    eventLoopMonitoringPrecision: hasEventLoop ? LOOP_MS : NEVER_MS,
  })
  if (!hasEventLoop) for (const name of EVENT_LOOP) registry.removeSingleMetric(name)
  const jobSeconds = new Histogram({
    name: 'trackside_job_duration_seconds',
    help: 'How long jobs ran, by kind and outcome',
    labelNames: ['job', 'outcome'],
    buckets: SECONDS,
    registers: [registry],
  })
  return { registry, jobSeconds }
}

type Readings = {
  /** Jobs that wait or run, by kind. */
  queueDepth: () => Promise<Record<string, number>>
  photosByStatus: () => Promise<Record<string, number>>
  faceIndex: () => { bytes: number; events: number }
  /** What the workers sent last. */
  workers: () => unknown[]
}

/** Measures requests and serves `/metrics` in the Prometheus text format. */
export const metricsPlugin = ({ registry }: Metrics, readings: Readings) =>
  fp(async (app: FastifyInstance) => {
    const requestSeconds = new Histogram({
      name: 'trackside_request_duration_seconds',
      help: 'How long requests took, by operation and status',
      labelNames: ['operation', 'status'],
      buckets: SECONDS,
      registers: [registry],
    })
    const gauge = (name: string, help: string, labelNames: string[] = []) =>
      new Gauge({ name, help, labelNames, registers: [registry] })
    const queueDepth = gauge('trackside_queue_depth', 'Jobs that wait or run, by kind', ['job'])
    const photos = gauge('trackside_photos', 'Photos of all events, by status', ['status'])
    const indexBytes = gauge('trackside_face_index_bytes', 'Memory of the loaded face indexes')
    const indexEvents = gauge('trackside_face_index_events', 'Events whose face index is loaded')

    app.addHook('onResponse', async (request, reply) => {
      const operation = request.routeOptions.schema?.operationId ?? 'none'
      requestSeconds.observe({ operation, status: reply.statusCode }, reply.elapsedTime / 1000)
    })
    app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
      const [depth, byStatus] = await Promise.all([
        readings.queueDepth(),
        readings.photosByStatus(),
      ])
      for (const [job, count] of Object.entries(depth)) queueDepth.set({ job }, count)
      for (const [status, count] of Object.entries(byStatus)) photos.set({ status }, count)
      const { bytes, events } = readings.faceIndex()
      indexBytes.set(bytes)
      indexEvents.set(events)
      const all = [await registry.getMetricsAsJSON(), ...readings.workers()]
      reply.type(registry.contentType)
      return AggregatorRegistry.aggregate(all as object[][]).metrics()
    })
  })
