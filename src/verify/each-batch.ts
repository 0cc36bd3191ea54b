const FIRST = '00000000-0000-0000-0000-000000000000'

/**
 * Rows in batches, in the order of their ids: the next is asked for when the one before was looked at.
 *
 * @param findAfter the rows that follow an id, at most as many as a batch has; none: that was all
 */
export async function* eachBatch<Row extends { id: string }>(
  findAfter: (id: string) => Promise<Row[]>,
): AsyncGenerator<Row[]> {
  for (let after = FIRST; ; ) {
    const rows = await findAfter(after)
    const last = rows.at(-1)
    if (!last) return
    yield rows
    after = last.id
  }
}
