/** Finds the row of an id: 5 to 11 bytes a row, where a Map takes about 40. */
export type RowTable = {
  readonly bytes: number
  /** -1 if the id is unknown. */
  find(id: number): number
  /** The id must not be there yet. */
  insert(id: number, row: number): void
  /** To be called while `idOf` still knows the id. */
  delete(id: number): void
}

/**
 * Ids come ascending, so one small segment after the other fills and grows, where one table of 5 million rows stood
 * still for a second. A segment of ids without gaps fills three quarters of 65,536 slots.
 */
const IDS_PER_SEGMENT = 49_152
const LEAST_SLOTS = 64
const EMPTY = -1

/** @param idOf the table holds rows alone: their ids are asked from whoever keeps them */
export function createRowTable(idOf: (row: number) => number): RowTable {
  const segments = new Map<number, Segment>()
  const keyOf = (id: number) => Math.floor(id / IDS_PER_SEGMENT)

  return {
    get bytes() {
      return segments.values().reduce((sum, { slots }) => sum + slots.byteLength, 0)
    },
    find(id) {
      const segment = segments.get(keyOf(id))
      return segment === undefined ? -1 : segment.slots[slotOf(segment, id, idOf)]!
    },
    insert(id, row) {
      const key = keyOf(id)
      const segment = segments.get(key) ?? { slots: emptySlots(LEAST_SLOTS), used: 0 }
      segments.set(key, segment)
      if (4 * (segment.used + 1) > 3 * segment.slots.length) grow(segment, idOf)
      segment.slots[slotOf(segment, id, idOf)] = row
      segment.used++
    },
    delete(id) {
      const segment = segments.get(keyOf(id))
      if (segment === undefined) return
      clear(segment, slotOf(segment, id, idOf), idOf)
      if (segment.used === 0) segments.delete(keyOf(id))
    },
  }
}

/** Open addressing with linear probing: a row lies in the slot its id hashes to or, if taken, in one of the next. */
type Segment = { slots: Int32Array; used: number }
type IdOf = (row: number) => number

const emptySlots = (count: number) => new Int32Array(count).fill(EMPTY)
const homeOf = ({ slots }: Segment, id: number) =>
  (Math.imul(id, 0x9e3779b1) >>> 16) & (slots.length - 1)
const after = ({ slots }: Segment, slot: number) => (slot + 1) & (slots.length - 1)

/** The slot of the id, or the empty one where it belongs. */
function slotOf(segment: Segment, id: number, idOf: IdOf): number {
  const { slots } = segment
  let slot = homeOf(segment, id)
  while (slots[slot] !== EMPTY && idOf(slots[slot]!) !== id) slot = after(segment, slot)
  return slot
}

function grow(segment: Segment, idOf: IdOf) {
  const rows = segment.slots
  segment.slots = emptySlots(2 * rows.length)
  for (const row of rows) {
    if (row !== EMPTY) segment.slots[slotOf(segment, idOf(row), idOf)] = row
  }
}

/** Empties a slot. Later rows that probed past it move up, so that no search ends there too early. */
function clear(segment: Segment, from: number, idOf: IdOf) {
  const { slots } = segment
  const mask = slots.length - 1
  if (slots[from] === EMPTY) return
  let hole = from
  for (let slot = after(segment, hole); slots[slot] !== EMPTY; slot = after(segment, slot)) {
    const home = homeOf(segment, idOf(slots[slot]!))
    const probed = (slot - home) & mask
    if (probed < ((slot - hole) & mask)) continue
    slots[hole] = slots[slot]!
    hole = slot
  }
  slots[hole] = EMPTY
  segment.used--
}
