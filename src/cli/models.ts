import { Command } from 'commander'
import type { Config } from '../config.ts'
import { describeModels, MANIFEST } from '../faces/index.ts'
import { installCommand } from './models/install.ts'
import { listModels } from './models/list.ts'
import { switchTo } from './models/use.ts'

export const modelsCommand = (readConfig: () => Config): Command => {
  const models = new Command('models')
    .description('Face models: what there is, install one, use one')
    .addHelpText(
      'after',
      `
Without any of this trackside uses the built-in model, made from npm packages. Others are downloaded into
TRACKSIDE_DATA/models, compared with the checksum in models/manifest.json, and used once you say so:

  trackside models install yunet-fused
  trackside models use yunet-fused`,
    )

  models
    .command('list')
    .description('Every model, which is in use, and events that are still being indexed anew')
    .action(() => listModels(readConfig()))

  models.addCommand(installCommand(readConfig))

  models
    .command('use <name>')
    .description('Find faces with a model from now on; events are indexed anew in the background')
    .addHelpText(
      'after',
      `
Every event stays searchable: its searches go on with the model before until the new one has seen all photos
of the event, new ones included. "trackside models list" shows how far it is. Running it again goes on with
what was left over.`,
    )
    .action(async (name: string) => {
      const config = readConfig()
      await switchTo(config, { name, known: await describeModels(MANIFEST, config.modelsDir) })
    })
  return models
}
