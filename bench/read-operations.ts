/** One way to read, with everything filled in. */
export type Read = { name: string; path: string }

type Parameter = { name: string; in: string; required?: boolean }
type Document = {
  paths: Record<string, { get?: { operationId: string; parameters?: Parameter[] } }>
}

/** What stands for a parameter of a path or query. */
export type Values = Record<string, string | number>

/**
 * Every GET of the API that these values suffice for, from its OpenAPI document; long lists also deep inside.
 *
 * @param deepPage a page that lists of all photos have
 */
export function listReads(
  { paths }: Document,
  { values, deepPage }: { values: Values; deepPage: number },
): { reads: Read[]; leftOut: string[] } {
  const reads: Read[] = []
  const leftOut: string[] = []
  for (const [template, { get }] of Object.entries(paths)) {
    if (!get || !template.startsWith('/api/')) continue
    const parameters = get.parameters ?? []
    const needed = parameters.filter((each) => each.in === 'path' || isTold(each))
    if (needed.some(({ name }) => values[name] === undefined)) {
      leftOut.push(get.operationId)
      continue
    }
    const path = template.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
    const query = new URLSearchParams(
      parameters.flatMap((each) =>
        each.in === 'query' && isTold(each) ? [[each.name, String(values[each.name])]] : [],
      ),
    )
    const url = (extra: Values) => {
      for (const [name, value] of Object.entries(extra)) query.set(name, String(value))
      return query.size > 0 ? `${path}?${query}` : path
    }
    reads.push({ name: get.operationId, path: url({}) })
    if (PAGED.has(get.operationId))
      reads.push({ name: `${get.operationId}, page ${deepPage}`, path: url({ page: deepPage }) })
    if (OFFSET.has(get.operationId))
      reads.push({
        name: `${get.operationId}, offset ${deepPage * 32}`,
        path: url({ offset: deepPage * 32 }),
      })
  }
  return { reads, leftOut }
}

/** Paging has defaults, and those are what is measured. */
const isTold = ({ name, required }: Parameter) =>
  required === true && !['page', 'page_size', 'offset', 'limit'].includes(name)

/** Lists of all photos. */
const PAGED = new Set(['listImages', 'listPhotos', 'listTimelineImages'])
const OFFSET = new Set(['listGalleryPhotos'])
