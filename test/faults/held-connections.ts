import pg from 'pg'

/** Takes every connection that a server gives, also those that others have; `release` gives them back. */
export async function takeAllConnections(
  connection: pg.ClientConfig,
): Promise<{ count: number; release(): Promise<void> }> {
  const taken: pg.Client[] = []
  const connect = async () => {
    const client = new pg.Client(connection)
    client.on('error', () => {}) // ended by us
    await client.connect()
    taken.push(client)
    return client
  }
  const first = await connect()
  const end = Date.now() + 60_000
  for (let refusals = 0; refusals < 20; ) {
    if (Date.now() > end) throw new Error('the connections cannot be taken')
    try {
      await connect()
      refusals = 0
    } catch (error) {
      if ((error as { code?: string }).code !== '53300') throw error
      refusals++
      // Whoever has one loses it, and finds that we were quicker.
      await first.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where backend_type = 'client backend' and pid <> all($1)`,
        [taken.map((client) => (client as unknown as { processID: number }).processID)],
      )
    }
  }
  return {
    count: taken.length,
    release: async () => {
      await Promise.all(taken.map((client) => client.end()))
    },
  }
}
