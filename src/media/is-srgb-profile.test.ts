import { expect, test } from 'vitest'
import { decodePixels } from './decode-picture.ts'
import { isSrgbProfile } from './is-srgb-profile.ts'
import { sharp } from './sharp.ts'

/** Noise: all colours there are. */
const noise = sharp({
  create: {
    width: 64,
    height: 64,
    channels: 3,
    background: '#808080',
    noise: { type: 'gaussian', mean: 128, sigma: 80 },
  },
})
const withProfile = (name: string) => noise.clone().withIccProfile(name).png().toBuffer()

const profileOf = async (name: string) => (await sharp(await withProfile(name)).metadata()).icc!

test('a profile is sRGB by what it says, cut off or overwritten it is not', async () => {
  const srgb = await profileOf('srgb')
  expect(isSrgbProfile(srgb)).toBe(true)
  expect(isSrgbProfile(await profileOf('p3'))).toBe(false)
  expect(isSrgbProfile(srgb.subarray(0, srgb.length / 2))).toBe(false)
  expect(isSrgbProfile(Buffer.from('no profile'))).toBe(false)
  const tags = srgb.indexOf('rXYZ')
  const red = Buffer.from(srgb)
  red.writeInt32BE(Math.round(0.61 * 65536), srgb.readUInt32BE(tags + 4) + 8) // that of Adobe RGB
  expect(isSrgbProfile(red)).toBe(false)
  const gamma = Buffer.from(srgb)
  gamma.writeInt32BE(Math.round(2.2 * 65536), srgb.indexOf('para') + 12)
  expect(isSrgbProfile(gamma)).toBe(false)
})

test('pixels with an sRGB profile are those that a transform through it gives', async () => {
  const file = await withProfile('srgb')
  const { data } = await decodePixels(file)
  const transformed = await sharp(file).toColourspace('srgb').raw().toBuffer()
  const furthest = data.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - transformed[i]!)),
    0,
  )
  expect(data).toHaveLength(64 * 64 * 3)
  expect(furthest).toBeLessThanOrEqual(1)
})
