import type { TestProject } from 'vitest/node'
import { setup as startPostgres } from '../global-setup.ts'
import { hasSwift, SWIFT_PACKAGES, type SwiftServer, startSwift } from './swift-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Undefined where its packages are not installed. */
    swift: Omit<SwiftServer, 'stop'> | undefined
  }
}

/** One S3 server for the whole run, beside the database; every test makes a bucket of its own in it. */
export async function setup(project: TestProject) {
  const stopPostgres = await startPostgres(project)
  if (!(await hasSwift())) {
    console.log(
      `S3 tests are skipped. They need Debian's packages: apt-get install ${SWIFT_PACKAGES}`,
    )
    project.provide('swift', undefined)
    return stopPostgres
  }
  const { stop, ...swift } = await startSwift()
  project.provide('swift', swift)
  return async () => {
    await stop()
    await stopPostgres()
  }
}
