import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Videos need ffmpeg, which machines may lack. */
export const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0
if (!hasFfmpeg) console.warn('Skipped: videos need ffmpeg, which this machine lacks.')

/** What ffmpeg draws by itself: a clock, colours that move. @returns the file */
export async function makeVideo(
  file: string,
  {
    seconds,
    source = 'testsrc2=size=320x180:rate=2',
    coded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50'],
  }: { seconds: number; source?: string; coded?: readonly string[] },
): Promise<string> {
  const input = `${source}:duration=${seconds},fps=25,format=yuv420p`
  await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', input, ...coded, '-y', file])
  return file
}
