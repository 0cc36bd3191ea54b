import { styleText } from 'node:util'
import { Command } from 'commander'
import type { Config } from '../config.ts'
import { checkData } from './doctor/check-data.ts'
import { checkFfmpeg, checkMemory, checkNode, checkPort } from './doctor/check-machine.ts'
import { checkBetterModel, checkModels, checkPictures } from './doctor/check-media.ts'
import type { Finding } from './doctor/finding.ts'

export const doctorCommand = (readConfig: () => Config): Command =>
  new Command('doctor')
    .description('Check that this machine has what trackside needs, and say what is missing')
    .addHelpText(
      'after',
      `
Each line is one check: ok, warn (it runs, but look at it) or fail (it will not run), with what to do about it.
Nothing is changed, apart from the face models, which are converted into TRACKSIDE_CACHE once.

  trackside doctor
  TRACKSIDE_DATA=/srv/trackside PORT=80 trackside doctor     with other settings

Exit code: 1 when a check fails.`,
    )
    .action(() => examine(readConfig()))

const COLOURS = { ok: 'green', warn: 'yellow', fail: 'red' } as const

async function examine(config: Config): Promise<void> {
  const failed: Finding[] = []
  const tell = (findings: readonly Finding[]) => {
    for (const finding of findings) {
      console.log(`${styleText(COLOURS[finding.level], finding.level.padEnd(4))}  ${finding.text}`)
      if (finding.level === 'fail') failed.push(finding)
    }
  }
  tell([checkNode(), checkMemory(config)])
  const { findings, isRunning } = await checkData(config)
  tell(findings)
  tell([await checkPort(config, { isRunning })])
  tell([await checkPictures()])
  tell(await checkModels(config))
  tell([await checkBetterModel(config)])
  tell([await checkFfmpeg(config)])
  if (failed.length === 0) return
  console.log(`\n${failed.length} ${failed.length === 1 ? 'check fails' : 'checks fail'}.`)
  process.exitCode = 1
}
