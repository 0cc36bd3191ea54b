import { defineConfig, mergeConfig } from 'vitest/config'
import common from './vitest.config.ts'

/** The S3 driver and the system on it, against a real S3 server: `npm run test:s3`. */
export default mergeConfig(
  { ...common, test: { ...common.test, include: [], exclude: [], globalSetup: [] } },
  defineConfig({
    test: { include: ['test/s3/**/*.test.ts'], globalSetup: ['test/s3/global-setup.ts'] },
  }),
)
