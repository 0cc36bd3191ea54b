import { runTool } from './run-ffmpeg.ts'

let isThere = false

/** Passes where ffmpeg and ffprobe are installed; once found they are not looked for again. @throws video_unavailable */
export async function assertFfmpeg(): Promise<void> {
  if (isThere) return
  for (const tool of ['ffprobe', 'ffmpeg'] as const)
    await runTool(tool, ['-version'], { timeoutMs: 20_000 })
  isThere = true
}
