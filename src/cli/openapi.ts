import { Command } from 'commander'
import { createApp } from '../app.ts'
import type { Config } from '../config.ts'
import { withContext } from './with-context.ts'

export const openApiCommand = (readConfig: () => Config) =>
  new Command('openapi').description('Print the OpenAPI 3.1 document').action(() =>
    withContext(readConfig(), async (context) => {
      const app = await createApp(context)
      await app.ready()
      console.log(JSON.stringify(app.swagger(), null, 2))
      await app.close()
    }),
  )
