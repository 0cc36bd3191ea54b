import { styleText } from 'node:util'
import { Command, InvalidArgumentError } from 'commander'
import type { Config } from '../../config.ts'
import { installModel, MANIFEST } from '../../faces/index.ts'

type Options = { from?: URL; acceptLicence: string[] }

export const installCommand = (readConfig: () => Config): Command =>
  new Command('install')
    .description('Download a model; what was cut off goes on where it stopped')
    .argument('<name>', 'as "trackside models list" names it')
    .option(
      '--from <url>',
      'a folder on a web server that has the files, instead of their authors',
      folderUrl,
    )
    .option(
      '--accept-licence <name>',
      'accept a licence that forbids commercial use; may be repeated',
      (name: string, before: string[]) => [...before, name],
      [] as string[],
    )
    .action((name: string, options: Options) => install(readConfig(), name, options))

async function install(
  { modelsDir }: Config,
  name: string,
  { from, acceptLicence }: Options,
): Promise<void> {
  const stop = new AbortController()
  process.once('SIGINT', () =>
    stop.abort(new Error('Stopped; the next install goes on from here.')),
  )
  const { tell, end } = progressLine()
  let fetched: string[]
  try {
    fetched = await installModel(MANIFEST, name, {
      modelsDir,
      mirror: from,
      acceptedLicences: acceptLicence,
      onProgress: (file, { bytes, total }) => tell(file, bytes / total),
      signal: stop.signal,
    })
  } finally {
    end()
  }
  console.log(
    fetched.length > 0
      ? `Installed ${name}: ${fetched.join(', ')} in ${modelsDir}.`
      : `${name} is installed already.`,
  )
  console.log(styleText('dim', `Use it: trackside models use ${name}`))
}

/** One line a file that counts up on a terminal; in a log a line at every tenth. */
function progressLine() {
  const { stderr } = process
  let shown = ''
  return {
    tell(file: string, share: number) {
      const step = stderr.isTTY ? 1 : 10
      const text = `${file}  ${Math.floor((100 * share) / step) * step} %`
      if (text === shown) return
      shown = text
      stderr.write(stderr.isTTY ? `\r${text}` : `${text}\n`)
    },
    end() {
      if (shown !== '' && stderr.isTTY) stderr.write('\n')
    },
  }
}

function folderUrl(text: string): URL {
  if (!URL.canParse(text)) throw new InvalidArgumentError('It must be a URL.')
  return new URL(text.endsWith('/') ? text : `${text}/`)
}
