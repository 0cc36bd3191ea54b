import sharp from 'sharp'

/**
 * The one place that sets sharp up; everything that touches pixels imports it from here.
 *
 * One libvips thread an operation: jobs run side by side, so threads inside one picture only fight over the cores. No
 * cache of operations: no two photos are the same, and it would hold files open and pixels alive.
 */
sharp.concurrency(1)
sharp.cache(false)

export { sharp }
