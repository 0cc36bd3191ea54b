import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/**
 * Runs a program of this folder in a process of its own, so that its CPU time and memory are its own too: JSON goes to its
 * standard input and comes from its standard output.
 *
 * @throws Error when it fails, with what it wrote to standard error
 */
export async function askChild<Answer>(
  file: URL,
  question: unknown,
  signal: AbortSignal,
): Promise<Answer> {
  const child = spawn(process.execPath, [fileURLToPath(file)], { stdio: 'pipe', signal })
  const exited = once(child, 'exit') // rejects when the signal aborts
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exited,
    child.stdin.end(JSON.stringify(question)),
  ])
  if (code !== 0) throw new Error(`${file.pathname} ended with ${code}:\n${errors}`)
  const answer: Answer = JSON.parse(output)
  return answer
}
