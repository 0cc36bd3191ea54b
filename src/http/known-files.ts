import { Type } from 'typebox'

const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })
const MAX_HASHES = 1000

/** What a client asks before it sends files: their hashes. */
export const FileHashes = Type.Object(
  { sha256: Type.Array(Sha256, { maxItems: MAX_HASHES }) },
  { additionalProperties: false },
)

/** Those of them whose files are there. */
export const KnownFiles = Type.Object({ known: Type.Array(Sha256) })

/** @param find gives those hashes that are there, as the database has them */
export async function answerKnown(
  { sha256 }: { sha256: readonly string[] },
  find: (hashes: Buffer[]) => Promise<readonly Buffer[]>,
): Promise<{ known: string[] }> {
  const known = await find(sha256.map((hex) => Buffer.from(hex, 'hex')))
  return { known: known.map((hash) => hash.toString('hex')) }
}
