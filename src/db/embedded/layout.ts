import path from 'node:path'

/** The database and role of the embedded server: both exist since initdb, so no step after it can be missed. */
export const DATABASE = 'postgres'
export const ROLE = 'trackside'

/** Names the socket file only: the server does not listen on TCP. */
export const PORT = 5432

/** What lies in the folder that the launcher has for itself. */
export function layoutOf(dataDir: string) {
  return {
    dataDir,
    /** PostgreSQL's data directory: there and whole, or missing. */
    cluster: path.join(dataDir, 'cluster'),
    /** A data directory being made. */
    draft: path.join(dataDir, 'cluster.new'),
    socket: path.join(dataDir, 'socket'),
    /** The last run's is kept as `server.log.1`. */
    log: path.join(dataDir, 'server.log'),
    /** One launcher at a time. */
    lock: path.join(dataDir, 'start.lock'),
  }
}

export type Layout = ReturnType<typeof layoutOf>
