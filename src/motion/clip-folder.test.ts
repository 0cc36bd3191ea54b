import { rm, utimes } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { makeClipFolder, sweepClipFolders } from './clip-folder.ts'

test('what a killed worker left of a clip goes, what is being cut stays', async () => {
  const [left, inHand] = [await makeClipFolder(), await makeClipFolder()]
  const longAgo = new Date(Date.now() - 86_400_000)
  await utimes(left, longAgo, longAgo)
  await sweepClipFolders()
  await expect(utimes(left, longAgo, longAgo)).rejects.toMatchObject({ code: 'ENOENT' })
  await rm(inHand, { recursive: true })
})
