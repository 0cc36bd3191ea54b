import { type Static, Type } from 'typebox'

/** A page as asked for: `page` from 1, at most `maximum` rows. */
export const PageQuery = ({ size, maximum }: { size: number; maximum: number }) =>
  Type.Object({
    page: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1, default: 1 }),
    page_size: Type.Integer({ minimum: 1, maximum, default: size }),
  })
export type PageQuery = { page: number; page_size: number }

export const Pagination = Type.Object({
  total: Type.Integer(),
  currentPage: Type.Integer(),
  totalPages: Type.Integer(),
  hasNextPage: Type.Boolean(),
  hasPreviousPage: Type.Boolean(),
  page_size: Type.Integer(),
})
export type Pagination = Static<typeof Pagination>

/** Which rows of a list a page is. */
export type Slice = { offset: number; limit: number }

export const sliceOf = ({ page, page_size }: PageQuery): Slice => ({
  offset: (page - 1) * page_size,
  limit: page_size,
})

/** The pagination block: zeros for an empty list, true totals for a page past the end. */
export function pagination({ page, page_size }: PageQuery, total: number): Pagination {
  const totalPages = Math.ceil(total / page_size)
  return {
    total,
    currentPage: total === 0 ? 0 : page,
    totalPages,
    hasNextPage: page < totalPages,
    hasPreviousPage: total > 0 && page > 1,
    page_size,
  }
}
