import { spawn } from 'node:child_process'
import { errorCodeOf } from '../lib/error-code-of.ts'
import { videoNotDecodable, videoUnavailable } from './video-errors.ts'

type Tool = 'ffmpeg' | 'ffprobe'

export type ToolOptions = {
  signal?: AbortSignal | undefined
  /** After so long the tool is killed: a hostile file must not hold a worker. */
  timeoutMs: number
  /** Takes the output as it comes; the tool waits while it runs. Without it the output is returned, at most 1 MiB. */
  onOutput?: (chunk: Buffer) => Promise<void> | void
}

/** Runs ffmpeg or ffprobe to its end: what `createRunTool` makes. */
export type RunTool = (tool: Tool, args: readonly string[], options: ToolOptions) => Promise<string>

/** What all that works on videos is given. */
export type ToolDeps = { runTool: RunTool }

const MAX_OUTPUT = 2 ** 20
const MAX_ERRORS = 4000

/** What stands before every source: no playlist, subtitle or reference in a file opens anything but what we name. */
const GUARDS = [
  '-format_whitelist',
  'mov,matroska',
  '-codec_whitelist',
  'h264,hevc,vp8,vp9,av1,libdav1d,mpeg4,prores,mjpeg,png,aac,mp3,mp3float,opus,vorbis,ac3,eac3,flac,alac,pcm_s16le,pcm_s16be,pcm_s24le',
]

/** A source with its guards: `location` is a path of the object store or a URL that it signed, never a user's text. */
export const guardedInput = (location: string): string[] => {
  const isUrl = /^https?:\/\//.test(location)
  return [
    '-protocol_whitelist',
    isUrl ? 'http,https,tls,tcp' : 'file',
    ...GUARDS,
    '-i',
    isUrl ? location : `file:${location}`,
  ]
}

/**
 * What runs ffmpeg and ffprobe without a shell, standard input and our secrets. Killed at once when the signal or the time limit
 * says so. It returns standard output, unless `onOutput` took it, and throws video_unavailable when the tool is not installed,
 * video_not_decodable when it takes too long, a `ToolFailure` when it fails.
 *
 * @param environment all that the tools see of ours
 */
export const createRunTool =
  (environment: NodeJS.ProcessEnv): RunTool =>
  (tool, args, options) =>
    runTool({ environment, tool, args }, options)

async function runTool(
  {
    environment,
    tool,
    args,
  }: { environment: NodeJS.ProcessEnv; tool: Tool; args: readonly string[] },
  { signal, timeoutMs, onOutput }: ToolOptions,
): Promise<string> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const stop = signal ? AbortSignal.any([signal, timeout]) : timeout
  stop.throwIfAborted()
  const quiet = tool === 'ffmpeg' ? ['-nostdin', '-hide_banner', '-v', 'error'] : ['-v', 'error']
  const child = spawn(tool, [...quiet, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  })
  const kill = () => child.kill('SIGKILL')
  stop.addEventListener('abort', kill, { once: true })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-MAX_ERRORS)
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  ended.catch(() => {}) // awaited below, after the output
  try {
    let output = ''
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      if (onOutput) await onOutput(chunk)
      else if (output.length < MAX_OUTPUT) output += chunk.toString('utf8')
    }
    const code = await ended
    signal?.throwIfAborted()
    if (timeout.aborted)
      throw videoNotDecodable(`The video takes too long to read (over ${timeoutMs / 1000} s).`)
    if (code !== 0) throw new ToolFailure(tool, code, errors)
    return output
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') throw videoUnavailable(error)
    throw error
  } finally {
    stop.removeEventListener('abort', kill)
    kill()
  }
}

/** ffmpeg ended with an error: what it means for people depends on what it was asked. */
export class ToolFailure extends Error {
  override name = 'ToolFailure'
  readonly errors: string

  constructor(tool: Tool, code: number | null, errors: string) {
    super(`${tool} ended with ${code}: ${errors.trim()}`)
    this.errors = errors
  }
}
