import type { RunTool, ToolDeps } from './run-ffmpeg.ts'

const found = new WeakSet<RunTool>()

/** Passes where ffmpeg and ffprobe are installed; once found they are not looked for again. @throws video_unavailable */
export async function assertFfmpeg({ runTool }: ToolDeps): Promise<void> {
  if (found.has(runTool)) return
  for (const tool of ['ffprobe', 'ffmpeg'] as const)
    await runTool(tool, ['-version'], { timeoutMs: 20_000 })
  found.add(runTool)
}
